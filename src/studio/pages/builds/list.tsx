import { Link } from "@tanstack/react-router";
import type { Build } from "../../../contract/build.ts";
import { client, useWorkspace } from "../../api.ts";
import { Digest } from "../../parts/copy.tsx";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Page } from "../../parts/page.tsx";
import { More, usePages } from "../../parts/paging.tsx";
import { isMoving, State } from "../../parts/state.tsx";
import { ModelLink } from "../../parts/subject.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago, Duration } from "../../parts/time.tsx";
import { TestCount } from "./tests.tsx";

const columns: Column<Build>[] = [
  {
    id: "state",
    header: "State",
    width: 116,
    sort: (build) => build.state,
    cell: (build) => <State value={build.state} />,
  },
  {
    id: "number",
    header: "Build",
    sort: (build) => build.number,
    cell: (build) => (
      <Link to="/builds/$number" params={{ number: String(build.number) }} className="ty-cover">
        {build.name} <b>{build.number}</b>
        {build.error && <span className="ty-cell-note ty-bad">{build.error}</span>}
      </Link>
    ),
  },
  { id: "tests", header: "Tests", cell: (build) => <TestCount tests={build.tests} /> },
  {
    id: "models",
    header: "Models",
    cell: (build) => build.models.map((model) => <ModelLink key={model.name} {...model} />),
  },
  { id: "code", header: "Code", cell: (build) => <Digest value={build.code} chars={8} /> },
  { id: "by", header: "By", cell: (build) => build.createdBy.name },
  {
    id: "duration",
    header: "Duration",
    align: "right",
    cell: (build) => <Duration from={build.createdAt} to={build.endedAt} />,
  },
  {
    id: "created",
    header: "Created",
    align: "right",
    sort: (build) => build.createdAt,
    cell: (build) => <Ago at={build.createdAt} />,
  },
];

export function BuildsPage() {
  const workspace = useWorkspace();
  const builds = usePages<Build>(
    ["build", workspace],
    (after, signal) => client.build.list({ params: { workspace }, query: { limit: 50, after } }, { signal }),
    (build) => isMoving(build.state),
  );
  return (
    <Page title="Builds" lead="One code snapshot, its test results, and the model versions it packages.">
      <Loaded query={builds}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No builds yet" commands={["trainyard build create . --name diabetes --model diabetes:1"]}>
              A build tests a code snapshot (an Azure Pipelines file says how) and packages model versions with it.
            </Empty>
          ) : (
            <div className="ty-section">
              <DataTable label="Builds" rows={rows} columns={columns} rowKey={(build) => String(build.number)} />
              <More list={builds} />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
