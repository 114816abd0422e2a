import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { z } from "zod";
import type { releaseContract } from "../../../contract/release.ts";
import { query, useAction, useCan, useWorkspace } from "../../api.ts";
import { Digest } from "../../parts/copy.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Page, Section } from "../../parts/page.tsx";
import { isMoving, State } from "../../parts/state.tsx";
import { Subject, Trigger } from "../../parts/subject.tsx";
import { Ago } from "../../parts/time.tsx";
import { Changes } from "./changes.tsx";
import { ManifestTable } from "./manifest.tsx";
import { Track } from "./track.tsx";

export type ReleaseDetail = z.output<typeof releaseContract.get.response>;

/** One release: how far it is on the line, what it changes, and exactly what it is. */
export function ReleasePage() {
  const { number } = useParams({ from: "/shell/releases/$number" });
  const release = useQuery({
    ...query("release", "get", { params: { workspace: useWorkspace(), number } }),
    refetchInterval: ({ state }) => (state.data && isMoving(state.data.state) ? 2500 : false),
  });
  const data = release.data;
  return (
    <Page
      crumbs={[
        <Link key="releases" to="/releases">
          Releases
        </Link>,
      ]}
      title={`Release ${number}`}
      subject={`release/${number}`}
      meta={data && <State value={data.state} />}
      actions={data && isMoving(data.state) && <Cancel number={data.number} />}
      lead={
        data && (
          <span className="ty-leadline">
            <span>
              requested <Ago at={data.createdAt} /> by{" "}
              {data.trigger.includes("/") ? <Trigger value={data.trigger} /> : data.createdBy.name}
            </span>
            <Subject path={`build/${data.build}`}>build {data.build}</Subject>
            <span>
              manifest <Digest value={data.manifestDigest} />
            </span>
          </span>
        )
      }
    >
      <Loaded query={release}>
        {(loaded) => (
          <>
            <Track release={loaded} />
            <Comparison release={loaded} />
            <Section title="Manifest" flush aside={<Digest value={loaded.manifestDigest} />}>
              <ManifestTable manifest={loaded.manifest} />
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** Against the stage that it waits for or works on; else against the last stage. */
function Comparison({ release }: { release: ReleaseDetail }) {
  const open = release.stages.find(({ state }) => ["waiting", "checking", "deploying"].includes(state));
  const stage = open ?? release.stages.at(-1);
  if (!stage) return null;
  return (
    <Section title={`Compared with what ${stage.stage} serves`} flush>
      <Changes release={release} stage={stage.stage} />
    </Section>
  );
}

function Cancel({ number }: { number: number }) {
  const workspace = useWorkspace();
  const cancel = useAction("release", "cancel");
  const allowed = useCan("release:write");
  return (
    <>
      {cancel.error && <span className="ty-bad">{cancel.error.message}</span>}
      <Button
        variant="default"
        disabled={!allowed}
        title={allowed ? "What is deployed stays" : "Your role may not cancel releases"}
        loading={cancel.isPending}
        onClick={() => cancel.mutate({ params: { workspace, number }, body: { reason: "cancelled in Studio" } })}
      >
        Cancel release
      </Button>
    </>
  );
}
