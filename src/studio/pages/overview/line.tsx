import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { z } from "zod";
import type { releaseContract } from "../../../contract/release.ts";
import type { Stage } from "../../../contract/stage.ts";
import { query, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Ago } from "../../parts/time.tsx";

type ReleaseDetail = z.output<typeof releaseContract.get.response>;

/** The stages as stations of one line, each with what it serves. */
export function Line({ stages }: { stages: UseQueryResult<{ items: Stage[] }, Error> }) {
  return (
    <section className="ty-line" aria-label="What is live in each stage">
      <Loaded query={stages} lines={3}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No stages yet">A release travels through stages, such as DEV, TEST and PRD.</Empty>
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
  return (
    <ol className="ty-stations">
      {stages.map((stage, index) => (
        <Station key={stage.name} stage={stage} release={releases[index]?.data} />
      ))}
    </ol>
  );
}

function Station({ stage, release }: { stage: Stage; release: ReleaseDetail | undefined }) {
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
            <span>
              since <Ago at={since} />
            </span>
            <Link to="/endpoints/$name" params={{ name: stage.endpoint }} className="ty-link">
              {stage.endpoint}
            </Link>
          </div>
        </>
      )}
    </li>
  );
}
