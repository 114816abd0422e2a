import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Compute } from "../../../contract/compute.ts";
import { query, useWorkspace } from "../../api.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { Page, Section } from "../../parts/page.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { type Agent, Agents } from "./agents.tsx";
import { limitText } from "./limit-text.ts";
import { QuotaSection } from "./quota.tsx";

const columns: Column<Compute>[] = [
  {
    id: "name",
    header: "Compute",
    sort: (row) => row.name,
    cell: (row) => (
      <Link to="/computes/$name" params={{ name: row.name }} className="ty-cover">
        {row.name}
        {row.description && <span className="ty-cell-note">{row.description}</span>}
      </Link>
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

/** What steps run on, and how much of it is taken. */
export function ComputesPage() {
  const params = { workspace: useWorkspace() };
  const computes = useQuery({ ...query("compute", "list", { params }), refetchInterval: 5000 });
  return (
    <Page title="Computes" lead="What steps run on: how much there is of it, and how much is taken.">
      <Loaded query={computes}>
        {({ items }) => (
          <>
            <div className="ty-section">
              <DataTable label="Computes" rows={items} columns={columns} rowKey={(row) => row.name} />
            </div>
            <QuotaSection />
            <Section title="Agents" flush={items.some(({ agents }) => agents.length > 0)}>
              <Agents agents={agentsOf(items)} start="trainyard up --agent-slots 2" />
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}

const agentsOf = (computes: Compute[]): Agent[] => [
  ...new Map(computes.flatMap(({ agents }) => agents).map((agent) => [agent.id, agent])).values(),
];
