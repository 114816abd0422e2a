import { Link } from "@tanstack/react-router";
import type { Release } from "../../../contract/release.ts";
import { client, useWorkspace } from "../../api.ts";
import { Digest } from "../../parts/copy.tsx";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Page } from "../../parts/page.tsx";
import { More, usePages } from "../../parts/paging.tsx";
import { isMoving, State } from "../../parts/state.tsx";
import { Trigger } from "../../parts/subject.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";

const columns: Column<Release>[] = [
  {
    id: "state",
    header: "State",
    width: 116,
    sort: (release) => release.state,
    cell: (row) => <State value={row.state} />,
  },
  {
    id: "number",
    header: "Release",
    sort: (release) => release.number,
    cell: (release) => (
      <Link to="/releases/$number" params={{ number: String(release.number) }} className="ty-cover">
        Release <b>{release.number}</b>
      </Link>
    ),
  },
  { id: "stages", header: "Stages", cell: (release) => <Dots release={release} /> },
  {
    id: "build",
    header: "Build",
    cell: (release) => (
      <Link to="/builds/$number" params={{ number: String(release.build) }} className="ty-link">
        {release.build}
      </Link>
    ),
  },
  {
    id: "trigger",
    header: "Requested by",
    cell: (release) => (release.trigger.includes("/") ? <Trigger value={release.trigger} /> : release.createdBy.name),
  },
  { id: "manifest", header: "Manifest", cell: (release) => <Digest value={release.manifestDigest} chars={8} /> },
  {
    id: "created",
    header: "Created",
    align: "right",
    sort: (release) => release.createdAt,
    cell: (release) => <Ago at={release.createdAt} />,
  },
];

/** The stages of a release as small signals on a line. */
const Dots = ({ release }: { release: Release }) => (
  <span className="ty-dots">
    {release.stages.map((stage) => (
      <span key={stage.stage} className="ty-dots-stage">
        <State value={stage.state} iconOnly /> {stage.stage}
      </span>
    ))}
  </span>
);

export function ReleasesPage() {
  const workspace = useWorkspace();
  const releases = usePages<Release>(
    ["release", workspace],
    (after, signal) => client.release.list({ params: { workspace }, query: { limit: 50, after } }, { signal }),
    (release) => isMoving(release.state),
  );
  return (
    <Page title="Releases" lead="Models, application, configuration and monitors, promoted through the stages as one.">
      <Loaded query={releases}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No releases yet" commands={["trainyard release create --build 1"]}>
              A release takes a build through the stages; each stage has its own checks and approvals.
            </Empty>
          ) : (
            <div className="ty-section">
              <DataTable label="Releases" rows={rows} columns={columns} rowKey={(release) => String(release.number)} />
              <More list={releases} />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
