import { Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type Job, jobStates } from "../../../contract/job.ts";
import { client, useCan, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Page } from "../../parts/page.tsx";
import { More, usePages } from "../../parts/paging.tsx";
import { isMoving, State } from "../../parts/state.tsx";
import { Trigger } from "../../parts/subject.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago, Duration } from "../../parts/time.tsx";
import { Restore } from "./shelf.tsx";

const columnsOf = (shelf: "archived" | "deleted" | undefined, allowed: boolean): Column<Job>[] => [
  ...columns,
  shelf === "deleted"
    ? {
        ...{ id: "deleted", header: "Deleted", align: "right", width: 110, sort: (job) => job.deletedAt },
        cell: (job) => <Ago at={job.deletedAt} />,
      }
    : {
        ...{ id: "created", header: "Created", align: "right", width: 110, sort: (job) => job.createdAt },
        cell: (job) => <Ago at={job.createdAt} />,
      },
  ...(shelf && allowed
    ? [
        {
          id: "do",
          header: "",
          align: "right" as const,
          width: 104,
          cell: (job: Job) => <Restore job={job} size="compact-xs" />,
        },
      ]
    : []),
];

const columns: Column<Job>[] = [
  { id: "state", header: "State", width: 120, sort: (job) => job.state, cell: (job) => <State value={job.state} /> },
  {
    id: "name",
    header: "Name",
    sort: (job) => job.displayName,
    cell: (job) => (
      <Link to="/jobs/$id" params={{ id: job.id }} className="ty-cover">
        {job.displayName}
        {job.error && <span className="ty-cell-note ty-bad">{job.error}</span>}
        {job.waiting.map(({ step, you }) => (
          <span key={step} className={`ty-cell-note ${you ? "ty-wait" : ""}`}>
            {you ? "waiting for you" : "waiting for others"} at {step}
          </span>
        ))}
      </Link>
    ),
  },
  {
    id: "experiment",
    header: "Experiment",
    sort: (job) => job.experiment,
    cell: (job) => job.experiment,
  },
  {
    id: "trigger",
    header: "Started by",
    sort: (job) => job.trigger,
    cell: (job) => (job.trigger === "person" ? job.createdBy.name : <Trigger value={job.trigger} />),
  },
  {
    id: "duration",
    header: "Duration",
    align: "right",
    sort: (job) => (job.startedAt === null ? null : (job.endedAt ?? Date.now()) - job.startedAt),
    cell: (job) => <Duration from={job.startedAt} to={job.endedAt} />,
  },
];

const shelves = [
  { value: "listed", label: "Listed" },
  { value: "archived", label: "Archived" },
  { value: "deleted", label: "Deleted" },
];

/** So long after the last letter the list is asked for. */
const typingMs = 250;

export function JobsPage() {
  const workspace = useWorkspace();
  const { shelf, state, experiment, tag, q } = useSearch({ from: "/shell/jobs" });
  const navigate = useNavigate({ from: "/jobs" });
  const set = (changes: { shelf?: "archived" | "deleted"; state?: string; q?: string }) =>
    void navigate({ search: (now) => ({ ...now, ...changes }), replace: true });
  const [name] = useDebouncedValue(q, typingMs);
  const allowed = useCan("job:write");
  const filter = {
    ...{ state: jobStates.find((known) => known === state), experiment, name },
    ...(tag && { tag: [tag] }),
    ...(shelf && { [shelf]: "only" as const }),
  };
  const isFiltered = Boolean(state || experiment || tag || q);
  const jobs = usePages<Job>(
    ["job", workspace, filter],
    (after, signal) => client.job.list({ params: { workspace }, query: { ...filter, limit: 50, after } }, { signal }),
    (job) => isMoving(job.state),
  );
  return (
    <Page
      title="Jobs"
      actions={
        <>
          <TextInput
            aria-label="Find a job"
            placeholder="Find a job"
            size="xs"
            maxLength={200}
            leftSection={<IconSearch size={14} aria-hidden />}
            value={q ?? ""}
            onChange={(event) => set({ q: event.currentTarget.value || undefined })}
          />
          <Select
            aria-label="State"
            placeholder="Any state"
            size="xs"
            w={150}
            clearable
            data={[...jobStates]}
            value={state ?? null}
            onChange={(value) => set({ state: value ?? undefined })}
          />
          <Select
            aria-label="Which jobs"
            size="xs"
            w={120}
            allowDeselect={false}
            data={shelves}
            value={shelf ?? "listed"}
            onChange={(value) => set({ shelf: value === "archived" || value === "deleted" ? value : undefined })}
          />
        </>
      }
      lead={
        (experiment || tag) && (
          <>
            {experiment && (
              <>
                of experiment <b>{experiment}</b>
              </>
            )}{" "}
            {tag && (
              <>
                tagged <b>{tag}</b>
              </>
            )}{" "}
            ·{" "}
            <Link to="/jobs" className="ty-link">
              show all
            </Link>
          </>
        )
      }
    >
      <Loaded query={jobs} lines={8}>
        {(rows) =>
          rows.length > 0 ? (
            <div className="ty-section">
              <DataTable label="Jobs" rows={rows} columns={columnsOf(shelf, allowed)} rowKey={(job) => job.id} />
              <More list={jobs} />
            </div>
          ) : shelf && !isFiltered ? (
            <Empty title={`No ${shelf} jobs`}>
              <Link to="/jobs" className="ty-link">
                Show the others
              </Link>
            </Empty>
          ) : isFiltered ? (
            <Empty title="No job is like that">
              <Link to="/jobs" className="ty-link">
                Show all jobs
              </Link>
            </Empty>
          ) : (
            <Empty title="No jobs yet" commands={["trainyard job create -f pipeline.yml", "trainyard demo"]}>
              A job is a pipeline of steps, or one command, written as Azure ML YAML. Submit yours, or run the demo.
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}
