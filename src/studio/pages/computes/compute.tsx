import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { StepAtWork } from "../../../contract/at-work.ts";
import type { Compute } from "../../../contract/compute.ts";
import { query, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Facts, Figure, Page, Section } from "../../parts/page.tsx";
import { State, Tag } from "../../parts/state.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago, Duration } from "../../parts/time.tsx";
import { Agents } from "./agents.tsx";
import { limitText } from "./limit-text.ts";
import { QuotaSection } from "./quota.tsx";

const lookEveryMs = 5000;

/** One thing that steps run on: how full it is, what runs there and what waits, and who runs it. */
export function ComputePage() {
  const { name } = useParams({ from: "/shell/computes/$name" });
  const params = { workspace: useWorkspace(), name };
  const compute = useQuery({ ...query("compute", "get", { params }), refetchInterval: lookEveryMs });
  const steps = useQuery({ ...query("job", "atWork", { params }), refetchInterval: lookEveryMs });
  return (
    <Page
      crumbs={[
        <Link key="computes" to="/computes">
          Computes
        </Link>,
      ]}
      title={name}
      meta={compute.data && <Tag>{compute.data.kind}</Tag>}
      lead={compute.data?.description}
    >
      <Loaded query={compute}>
        {(found) => (
          <>
            <Load compute={found} />
            <Loaded query={steps}>{({ items }) => <Steps compute={found} steps={items} />}</Loaded>
            <Section title="Agents" flush={found.agents.length > 0}>
              <Agents agents={found.agents} start={startOf(found)} />
            </Section>
            <div className="ty-columns">
              <Settings compute={found} />
              <QuotaSection />
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}

const startOf = ({ name, dedicated }: Compute): string =>
  dedicated ? `trainyard up --agent-computes local,${name}` : "trainyard up --agent-slots 2";

/** How much of it is taken, of what it may run at once or, without a limit, of what its agents have. */
function Load({ compute: { load, limit, agents, queued } }: { compute: Compute }) {
  const has = (key: "cpus" | "memoryMb" | "gpus"): number | null =>
    limit[key] ?? (agents.length > 0 ? agents.reduce((sum, { total }) => sum + total[key], 0) : null);
  return (
    <div className="ty-figures">
      <Figure label="Running" value={load.steps} note={of(limit.steps)} />
      <Figure label="Waiting" value={queued} />
      <Figure label="CPUs in use" value={load.cpus} note={of(has("cpus"))} />
      <Figure label="Memory set aside" value={`${load.memoryMb} MB`} note={of(has("memoryMb"), " MB")} />
      {(load.gpus > 0 || !!has("gpus")) && <Figure label="GPUs in use" value={load.gpus} note={of(has("gpus"))} />}
    </div>
  );
}

const of = (most: number | null, unit = ""): string | null =>
  most === null ? null : `of ${Math.round(most * 100) / 100}${unit}`;

const Settings = ({ compute: { kind, limit, dedicated, network } }: { compute: Compute }) => (
  <Section title="Settings">
    <Facts
      items={[
        ["Limit", limitText(limit) || "none"],
        ["Served by", dedicated ? "agents that were started for it" : "every agent that was not started for others"],
        ["Network of its steps", kind === "container" && (network ? "open" : "this server only")],
      ]}
    />
  </Section>
);

const columns: Column<StepAtWork>[] = [
  { id: "state", header: "State", width: 110, cell: ({ state }) => <State value={state} /> },
  {
    id: "step",
    header: "Step",
    cell: ({ jobId, jobName, step }) => (
      <Link to="/jobs/$id" params={{ id: jobId }} search={{ step }} className="ty-cover">
        {step}
        <span className="ty-cell-note">{jobName}</span>
      </Link>
    ),
  },
  {
    id: "agent",
    header: "Agent, or what it waits for",
    cell: ({ agent, waitsFor }) => (agent ? <code>{agent}</code> : <span className="ty-dim">{waitsFor}</span>),
  },
  { id: "asks", header: "Asks for", cell: ({ resources }) => asked(resources) },
  {
    id: "since",
    header: "Since",
    align: "right",
    cell: ({ state, since }) => (state === "running" ? <Duration from={since} to={null} /> : <Ago at={since} />),
  },
];

/** What it takes of the compute; no memory and no GPU are set aside for most. */
const asked = ({ cpus, memoryMb, gpus }: StepAtWork["resources"]): string =>
  limitText({ cpus, memoryMb: memoryMb || null, gpus: gpus || null });

function Steps({ compute: { load, queued }, steps }: { compute: Compute; steps: StepAtWork[] }) {
  const count = (state: StepAtWork["state"]) => steps.filter((step) => step.state === state).length;
  const elsewhere = Math.max(0, load.steps - count("running"));
  const more = Math.max(0, queued - count("queued"));
  const others = [elsewhere > 0 && `${elsewhere} more running`, more > 0 && `${more} more waiting`].filter(Boolean);
  return (
    <Section
      title="Steps of this workspace"
      flush={steps.length > 0}
      aside={others.length > 0 && `${others.join(", ")}, also of other workspaces`}
    >
      {steps.length === 0 ? (
        <Empty title="Nothing runs here or waits" commands={["trainyard job create -f pipeline.yml"]}>
          A step says on which compute it runs; one that says nothing runs on the default compute of its workspace.
        </Empty>
      ) : (
        <DataTable label="Steps" rows={steps} columns={columns} rowKey={({ jobId, step }) => `${jobId}/${step}`} />
      )}
    </Section>
  );
}
