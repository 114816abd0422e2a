import { Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type Trace, traceStates } from "../../../contract/trace.ts";
import { client, query, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { count } from "../../parts/number.ts";
import { Page } from "../../parts/page.tsx";
import { More, usePages } from "../../parts/paging.tsx";
import { State } from "../../parts/state.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { traceTookText } from "./took.ts";

const columns: Column<Trace>[] = [
  { id: "state", header: "State", width: 112, cell: (trace) => <State value={trace.state} /> },
  {
    id: "name",
    header: "Trace",
    cell: (trace) => (
      <Link to="/traces/$id" params={{ id: trace.id }} className="ty-cover">
        {trace.name || trace.id}
      </Link>
    ),
  },
  { id: "request", header: "Request", cell: (trace) => <Preview text={trace.request} /> },
  { id: "response", header: "Response", cell: (trace) => <Preview text={trace.response} /> },
  { id: "spans", header: "Spans", align: "right", cell: (trace) => count(trace.spans) },
  { id: "tokens", header: "Tokens", align: "right", cell: (trace) => tokensOf(trace) },
  {
    id: "duration",
    header: "Duration",
    align: "right",
    cell: (trace) => (trace.duration === null ? "–" : traceTookText(trace.duration)),
  },
  { id: "started", header: "Started", align: "right", cell: (trace) => <Ago at={trace.startedAt} /> },
];

const Preview = ({ text }: { text: string | null }) => <span className="ty-trace-preview">{text ?? "–"}</span>;

function tokensOf(trace: Trace): string {
  try {
    return count(JSON.parse(trace.metadata["mlflow.trace.tokenUsage"]!).total_tokens);
  } catch {
    return "–";
  }
}

export function TracesPage() {
  const workspace = useWorkspace();
  const { experiment, run, state, filter } = useSearch({ from: "/shell/traces" });
  const asked = { experimentId: experiment, runId: run, state: traceStates.find((one) => one === state), filter };
  const traces = usePages<Trace>(
    ["trace", workspace, asked],
    (after, signal) => client.trace.list({ params: { workspace }, query: { ...asked, after } }, { signal }),
    (trace) => trace.state === "IN_PROGRESS",
  );
  const filtered = experiment ?? run ?? state ?? filter;
  return (
    <Page title="Traces" lead={run ? <OfRun run={run} /> : "Requests through programs, newest first."}>
      <Filters />
      <Loaded query={traces} lines={8}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty
              title={filtered ? "No trace fits" : "No traces yet"}
              commands={filtered ? [] : [`export MLFLOW_TRACKING_URI=${location.origin}`]}
            >
              {filtered ? (
                "Take a condition away."
              ) : (
                <>
                  Decorate a function with <code>@mlflow.trace</code>, switch an autolog on, or point an OpenTelemetry
                  exporter at <code>{location.origin}/v1/traces</code>.
                </>
              )}
            </Empty>
          ) : (
            <div className="ty-section">
              <DataTable label="Traces" rows={rows} columns={columns} rowKey={(trace) => trace.id} />
              <More list={traces} />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

const OfRun = ({ run }: { run: string }) => (
  <>
    Requests of{" "}
    <Link to="/runs/$id" params={{ id: run }} className="ty-link">
      a run
    </Link>
    , newest first.
  </>
);

/** What to show; kept in the address. */
function Filters() {
  const search = useSearch({ from: "/shell/traces" });
  const navigate = useNavigate();
  const workspace = useWorkspace();
  const experiments = useQuery(query("run", "listExperiments", { params: { workspace } }));
  const change = (next: Partial<typeof search>) => void navigate({ to: "/traces", search: { ...search, ...next } });
  return (
    <div className="ty-trace-filters">
      <Select
        aria-label="Experiment"
        placeholder="Every experiment"
        clearable
        searchable
        value={search.experiment ?? null}
        data={(experiments.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        onChange={(value) => change({ experiment: value ?? undefined })}
      />
      <Select
        aria-label="State"
        placeholder="Every state"
        clearable
        value={search.state ?? null}
        data={["OK", "ERROR", "IN_PROGRESS"]}
        onChange={(value) => change({ state: value ?? undefined })}
      />
      <form
        className="ty-grow"
        onSubmit={(event) => {
          event.preventDefault();
          change({ filter: String(new FormData(event.currentTarget).get("filter") ?? "") || undefined });
        }}
      >
        <TextInput
          key={search.filter}
          name="filter"
          aria-label="Filter"
          placeholder="Filter, such as span.type = 'LLM' AND trace.text LIKE '%refund%'"
          defaultValue={search.filter}
        />
      </form>
    </div>
  );
}
