import { Link } from "@tanstack/react-router";
import type { Schedule } from "../../../contract/schedule.ts";
import { State } from "../../parts/state.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago, timeText } from "../../parts/time.tsx";
import { TriggerText } from "./trigger.tsx";

const columns: Column<Schedule>[] = [
  {
    ...{ id: "name", header: "Schedule", sort: ({ name }) => name },
    cell: ({ name, description }) => (
      <Link to="/schedules/$name" params={{ name }} className="ty-cover">
        {name}
        {description && <span className="ty-cell-note">{description}</span>}
      </Link>
    ),
  },
  { id: "pipeline", header: "Starts", sort: ({ pipeline }) => pipeline, cell: ({ pipeline }) => pipeline },
  { id: "when", header: "When", cell: ({ trigger }) => <TriggerText trigger={trigger} /> },
  {
    ...{ id: "next", header: "Next", sort: ({ nextAt }) => nextAt },
    cell: ({ enabled, nextAt }) =>
      enabled ? (
        nextAt === null ? (
          <span className="ty-dim">when it happens</span>
        ) : (
          timeText(nextAt)
        )
      ) : (
        <State value="disabled" />
      ),
  },
  {
    ...{ id: "last", header: "Last" },
    cell: ({ last }) =>
      last ? (
        <>
          <State value={last.state} /> <Ago at={last.dueAt} />
        </>
      ) : (
        <span className="ty-dim">nothing yet</span>
      ),
  },
];

export const Schedules = ({ items }: { items: Schedule[] }) => (
  <DataTable label="Schedules" rows={items} columns={columns} rowKey={({ name }) => name} />
);
