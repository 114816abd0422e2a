import { type UseQueryResult, useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { z } from "zod";
import type { Release, releaseContract } from "../../../contract/release.ts";
import type { Stage } from "../../../contract/stage.ts";
import { query, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { State } from "../../parts/state.tsx";
import { For } from "../../parts/time.tsx";

type ReleaseDetail = z.output<typeof releaseContract.get.response>;

/** The stages as stations of one line, each with what it serves. */
export function Line({ stages }: { stages: UseQueryResult<{ items: Stage[] }, Error> }) {
  return (
    <section className="ty-line" aria-label="What is live in each stage">
      <Loaded query={stages} lines={3}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No stages yet" commands={["trainyard stage create -f stages.yml"]}>
              A release travels through stages, such as DEV, TEST and PRD.
            </Empty>
          ) : (
            <Stations stages={items.toSorted((a, b) => a.order - b.order)} />
          )
        }
      </Loaded>
    </section>
  );
}

function Stations({ stages }: { stages: Stage[] }) {
  const workspace = useWorkspace();
  const releases = useQueries({
    queries: stages.map((stage) => ({
      ...query("release", "get", { params: { workspace, number: stage.release ?? 0 } }),
      enabled: stage.release !== null,
    })),
  });
  const latest = useQuery(query("release", "list", { params: { workspace }, query: { limit: 50 } })).data?.items ?? [];
  return (
    <ol className="ty-stations">
      {stages.map((stage, index) => (
        <Station key={stage.name} stage={stage} release={releases[index]?.data} coming={comingTo(stage.name, latest)} />
      ))}
    </ol>
  );
}

interface Coming {
  release: Release;
  state: string;
}

/** The newest release that is at work on a stage, or waits before it. */
function comingTo(stage: string, releases: Release[]): Coming | undefined {
  for (const release of releases) {
    const state = release.stages.find(({ stage: name }) => name === stage)?.state;
    if (state && ["checking", "waiting", "deploying"].includes(state)) return { release, state };
  }
  return undefined;
}

interface StationProps {
  stage: Stage;
  release: ReleaseDetail | undefined;
  coming: Coming | undefined;
}

function Station({ stage, release, coming }: StationProps) {
  const since = release?.stages.find(({ stage: name }) => name === stage.name)?.endedAt ?? stage.updatedAt;
  return (
    <li className="ty-station" data-live={stage.release !== null || undefined}>
      <span className="ty-signal" aria-hidden />
      <div className="ty-station-name">
        {stage.name}
        {stage.alias && <span className="ty-dim"> @{stage.alias}</span>}
      </div>
      {stage.release === null ? (
        <div className="ty-station-none">Nothing released yet</div>
      ) : (
        <>
          <ul className="ty-station-models">
            {release?.manifest.models.map((model) => (
              <li key={model.name}>
                <Link
                  to="/models/$name/$version"
                  params={{ name: model.name, version: model.version }}
                  className="ty-station-model"
                >
                  {model.name} <b>{model.version}</b>
                </Link>
              </li>
            )) ?? <li className="ty-station-model">…</li>}
          </ul>
          <div className="ty-station-facts">
            <Link to="/releases/$number" params={{ number: String(stage.release) }} className="ty-link">
              Release {stage.release}
            </Link>
            <For at={since} />
            <Link to="/endpoints/$name" params={{ name: stage.endpoint }} className="ty-link">
              {stage.endpoint}
            </Link>
          </div>
        </>
      )}
      {coming && (
        <Link
          to="/releases/$number"
          params={{ number: String(coming.release.number) }}
          className="ty-station-coming ty-plain"
        >
          <State value={coming.state} label={`release ${coming.release.number} is ${coming.state}`} />
        </Link>
      )}
    </li>
  );
}
