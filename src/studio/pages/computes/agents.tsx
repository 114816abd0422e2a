import type { Compute } from "../../../contract/compute.ts";
import { Empty } from "../../parts/empty.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";

export type Agent = Compute["agents"][number];

const columns: Column<Agent>[] = [
  { id: "agent", header: "Agent", sort: (row) => row.id, cell: (row) => <code>{row.id}</code> },
  { id: "slots", header: "Slots in use", align: "right", cell: (row) => `${row.running} of ${row.slots}` },
  { id: "cpus", header: "CPUs", align: "right", cell: (row) => row.total.cpus },
  { id: "memory", header: "Memory", align: "right", cell: (row) => `${row.total.memoryMb} MB` },
  { id: "gpus", header: "GPUs", align: "right", cell: (row) => row.total.gpus },
  {
    id: "containers",
    header: "Containers",
    cell: (row) => row.containerEngine ?? <span className="ty-dim">no podman or docker</span>,
  },
  { id: "seen", header: "Seen", align: "right", cell: (row) => <Ago at={row.lastSeenAt} /> },
];

/** Who runs the steps; `start` is the command that starts one. */
export function Agents({ agents, start }: { agents: Agent[]; start: string }) {
  if (agents.length > 0) return <DataTable label="Agents" rows={agents} columns={columns} rowKey={(row) => row.id} />;
  return (
    <Empty title="No agent" commands={[start]}>
      Agents run the steps. None was heard of in the last minute: what is queued waits.
    </Empty>
  );
}
