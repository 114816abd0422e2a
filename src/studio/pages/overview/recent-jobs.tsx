import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Job } from "../../../contract/job.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { State } from "../../parts/state.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago, Duration } from "../../parts/time.tsx";

const columns: Column<Job>[] = [
  { id: "state", header: "State", width: 116, cell: (job) => <State value={job.state} /> },
  {
    id: "name",
    header: "Job",
    cell: (job) => (
      <Link to="/jobs/$id" params={{ id: job.id }} className="ty-cover">
        {job.displayName}
      </Link>
    ),
  },
  { id: "experiment", header: "Experiment", cell: (job) => job.experiment },
  {
    id: "duration",
    header: "Duration",
    align: "right",
    cell: (job) => <Duration from={job.startedAt} to={job.endedAt} />,
  },
  { id: "created", header: "Created", align: "right", cell: (job) => <Ago at={job.createdAt} /> },
];

export const RecentJobs = ({ jobs }: { jobs: UseQueryResult<{ items: Job[] }, Error> }) => (
  <Loaded query={jobs}>
    {({ items }) =>
      items.length === 0 ? (
        <Empty title="No jobs yet" commands={["trainyard job create -f pipeline.yml"]}>
          A job is a pipeline of steps, or one command.
        </Empty>
      ) : (
        <DataTable label="Recent jobs" rows={items} columns={columns} rowKey={(job) => job.id} />
      )
    }
  </Loaded>
);
