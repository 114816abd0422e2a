import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Run } from "../../../contract/run.ts";
import { client, query, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { metric } from "../../parts/number.ts";
import { Page } from "../../parts/page.tsx";
import { More, usePages } from "../../parts/paging.tsx";
import { State } from "../../parts/state.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago, Duration } from "../../parts/time.tsx";

const shownColumns = 8;

export function ExperimentPage() {
  const { id } = useParams({ from: "/shell/experiments/$id" });
  const workspace = useWorkspace();
  const experiments = useQuery(query("run", "listExperiments", { params: { workspace } }));
  const name = experiments.data?.items.find((experiment) => experiment.id === id)?.name;
  const runs = usePages<Run>(
    ["run", workspace, id],
    (after, signal) =>
      client.run.list({ params: { workspace }, query: { experimentId: id, limit: 100, after } }, { signal }),
    (run) => run.state === "RUNNING",
  );
  return (
    <Page
      crumbs={[
        <Link key="experiments" to="/experiments">
          Experiments
        </Link>,
      ]}
      title={name ?? id}
      lead="Runs, newest first. Click a column to sort by it."
    >
      <Loaded query={runs} lines={8}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No runs in this experiment">
              A run appears here as soon as <code>mlflow.start_run()</code> is called in it.
            </Empty>
          ) : (
            <div className="ty-section">
              <RunTable rows={rows} />
              <More list={runs} />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

function RunTable({ rows }: { rows: Run[] }) {
  const columns = useMemo(() => [...fixed, ...metricColumns(rows), ...paramColumns(rows), ...times], [rows]);
  return <DataTable label="Runs" rows={rows} columns={columns} rowKey={(run) => run.id} />;
}

const fixed: Column<Run>[] = [
  { id: "state", header: "State", width: 104, sort: (run) => run.state, cell: (run) => <State value={run.state} /> },
  {
    id: "name",
    header: "Run",
    sort: (run) => run.name,
    cell: (run) => (
      <Link to="/runs/$id" params={{ id: run.id }} className="ty-cover">
        {run.name}
      </Link>
    ),
  },
];

const times: Column<Run>[] = [
  {
    id: "duration",
    header: "Duration",
    align: "right",
    sort: (run) => (run.startedAt !== null && run.endedAt !== null ? run.endedAt - run.startedAt : null),
    cell: (run) => <Duration from={run.startedAt} to={run.endedAt} live={run.state === "RUNNING"} />,
  },
  {
    id: "started",
    header: "Started",
    align: "right",
    sort: (run) => run.startedAt,
    cell: (run) => <Ago at={run.startedAt} />,
  },
];

/** The names that most of the runs have, most frequent first. */
function frequent(rows: Run[], of: (run: Run) => object, differing: boolean): string[] {
  const seen = new Map<string, { runs: number; values: Set<string> }>();
  for (const run of rows)
    for (const [name, value] of Object.entries(of(run))) {
      const entry = seen.get(name) ?? { runs: 0, values: new Set() };
      entry.runs++;
      entry.values.add(String(value));
      seen.set(name, entry);
    }
  const score = (entry: { runs: number; values: Set<string> }) =>
    (differing && entry.values.size > 1 ? 1e6 : 0) + entry.runs;
  return [...seen]
    .toSorted(([, a], [, b]) => score(b) - score(a))
    .slice(0, shownColumns)
    .map(([name]) => name);
}

const metricColumns = (rows: Run[]): Column<Run>[] =>
  frequent(rows, (run) => run.metrics, false).map((name) => ({
    id: `metric ${name}`,
    header: name,
    align: "right",
    sort: (run) => (run.metrics[name] === undefined ? null : Number(run.metrics[name])),
    cell: (run) => metric(run.metrics[name]),
  }));

const paramColumns = (rows: Run[]): Column<Run>[] =>
  frequent(rows, (run) => run.params, true).map((name) => ({
    id: `param ${name}`,
    header: name,
    sort: (run) => sortable(run.params[name]),
    cell: (run) => <span className="ty-param">{run.params[name] ?? "–"}</span>,
  }));

const sortable = (value: string | undefined): string | number | null =>
  value === undefined ? null : value !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
