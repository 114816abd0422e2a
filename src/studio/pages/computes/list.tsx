import { useQuery } from "@tanstack/react-query";
import type { Compute, Limit } from "../../../contract/compute.ts";
import { query, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { plural } from "../../parts/number.ts";
import { Facts, Page, Section } from "../../parts/page.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";

type Agent = Compute["agents"][number];

const limitText = ({ steps, cpus, memoryMb, gpus }: Limit): string =>
  [
    steps !== null && plural(steps, "step"),
    cpus !== null && plural(cpus, "CPU"),
    memoryMb !== null && `${memoryMb} MB`,
    gpus !== null && plural(gpus, "GPU"),
  ]
    .filter(Boolean)
    .join(", ");

const columns: Column<Compute>[] = [
  {
    id: "name",
    header: "Compute",
    sort: (row) => row.name,
    cell: (row) => (
      <>
        {row.name}
        {row.description && <span className="ty-cell-note">{row.description}</span>}
      </>
    ),
  },
  { id: "kind", header: "Kind", cell: (row) => row.kind },
  { id: "running", header: "Running", align: "right", cell: (row) => row.load.steps },
  { id: "queued", header: "Queued", align: "right", cell: (row) => row.queued },
  { id: "cpus", header: "CPUs in use", align: "right", cell: (row) => row.load.cpus },
  { id: "memory", header: "Memory set aside", align: "right", cell: (row) => `${row.load.memoryMb} MB` },
  { id: "limit", header: "Limit", cell: (row) => limitText(row.limit) || <span className="ty-dim">none</span> },
  {
    id: "agents",
    header: "Agents",
    align: "right",
    cell: (row) => (row.agents.length > 0 ? row.agents.length : <span className="ty-dim">none</span>),
  },
];

const agentColumns: Column<Agent>[] = [
  { id: "agent", header: "Agent", sort: (row) => row.id, cell: (row) => <code>{row.id}</code> },
  { id: "slots", header: "Slots", align: "right", cell: (row) => row.slots },
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

/** What steps run on, and how much of it is taken. */
export function ComputesPage() {
  const params = { workspace: useWorkspace() };
  const computes = useQuery({ ...query("compute", "list", { params }), refetchInterval: 5000 });
  const quota = useQuery({ ...query("compute", "quota", { params }), refetchInterval: 5000 });
  return (
    <Page title="Computes" lead="What steps run on: how much there is of it, and how much is taken.">
      <Loaded query={computes}>
        {({ items }) => (
          <>
            <div className="ty-section">
              <DataTable label="Computes" rows={items} columns={columns} rowKey={(row) => row.name} />
            </div>
            <Loaded query={quota}>
              {(found) => (
                <Section title="This workspace">
                  <Facts
                    items={[
                      ["Running", `${plural(found.load.steps, "step")}, ${plural(found.load.cpus, "CPU")}`],
                      ["Quota", limitText(found.limit) || "none"],
                      ["Weight", String(found.weight)],
                      ["Default compute", found.defaultCompute],
                    ]}
                  />
                </Section>
              )}
            </Loaded>
            <Section title="Agents">
              <Agents computes={items} />
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Agents({ computes }: { computes: Compute[] }) {
  const agents = new Map(computes.flatMap((compute) => compute.agents.map((agent) => [agent.id, agent] as const)));
  if (agents.size === 0) {
    return (
      <Empty title="No agent" commands={["trainyard up --agent-slots 2"]}>
        Agents run the steps. None was heard of in the last minute: what is queued waits.
      </Empty>
    );
  }
  return <DataTable label="Agents" rows={[...agents.values()]} columns={agentColumns} rowKey={(row) => row.id} />;
}
