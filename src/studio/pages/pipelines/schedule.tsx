import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import type { Client } from "../../../contract/client.ts";
import type { Firing } from "../../../contract/schedule.ts";
import { query, useAction, useCan, useWorkspace } from "../../api.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { Facts, Page, Section } from "../../parts/page.tsx";
import { ProblemBox } from "../../parts/problem.tsx";
import { State } from "../../parts/state.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { timeText } from "../../parts/time.tsx";
import { TriggerText } from "./trigger.tsx";

type Detail = Awaited<ReturnType<Client["schedule"]["get"]>>;

const columns: Column<Firing>[] = [
  { id: "due", header: "Due", sort: ({ dueAt }) => dueAt, cell: ({ dueAt }) => timeText(dueAt) },
  { id: "cause", header: "Cause", sort: ({ cause }) => cause, cell: ({ cause }) => cause },
  { id: "state", header: "State", sort: ({ state }) => state, cell: ({ state }) => <State value={state} /> },
  {
    ...{ id: "job", header: "Job" },
    cell: ({ jobId }) =>
      jobId && (
        <Link to="/jobs/$id" params={{ id: jobId }} className="ty-link">
          job
        </Link>
      ),
  },
  { id: "reason", header: "Reason", cell: ({ reason }) => reason },
];

/** A schedule: when it is due, what it did, and its switches. */
export function SchedulePage() {
  const { name } = useParams({ from: "/shell/schedules/$name" });
  const params = { workspace: useWorkspace(), name };
  const schedule = useQuery({ ...query("schedule", "get", { params }), refetchInterval: 5000 });
  return (
    <Loaded query={schedule}>
      {(found) => (
        <Page
          crumbs={[
            <Link key="list" to="/pipelines">
              Pipelines
            </Link>,
            <Link key="pipeline" to="/pipelines/$name" params={{ name: found.pipeline }}>
              {found.pipeline}
            </Link>,
          ]}
          title={name}
          meta={<State value={found.enabled ? "active" : "disabled"} />}
          lead={found.description}
          actions={<Actions schedule={found} />}
        >
          <Section title="When">
            <Facts
              items={[
                ["Trigger", <TriggerText key="trigger" trigger={found.trigger} />],
                ["Next", found.due.length > 0 && found.due.map(timeText).join(", ")],
                ["Overlap", found.overlap],
                ["Catches up", found.catchUp],
                ["Version", found.start.version === undefined ? "the newest" : String(found.start.version)],
                ["Started for", found.createdBy.name],
                ...Object.entries(found.start.inputs).map(([input, value]): [string, string] => [input, String(value)]),
              ]}
            />
          </Section>
          <Section title="Firings" flush={found.firings.length > 0}>
            {found.firings.length > 0 ? (
              <DataTable label="Firings" rows={found.firings} columns={columns} rowKey={({ id }) => id} />
            ) : (
              <p className="ty-quiet">It has started nothing yet.</p>
            )}
          </Section>
        </Page>
      )}
    </Loaded>
  );
}

function Actions({ schedule }: { schedule: Detail }) {
  const params = { workspace: useWorkspace(), name: schedule.name };
  const navigate = useNavigate();
  const allowed = useCan("job:write");
  const fire = useAction("schedule", "fire");
  const turn = useAction("schedule", "switch");
  const remove = useAction("schedule", "delete");
  const error = fire.error ?? turn.error ?? remove.error;
  const { enabled } = schedule;
  return (
    <>
      <Button
        variant="default"
        disabled={!allowed}
        loading={remove.isPending}
        onClick={() => remove.mutate({ params }, { onSuccess: () => void navigate({ to: "/pipelines" }) })}
      >
        Delete
      </Button>
      <Button
        variant="default"
        disabled={!allowed}
        loading={turn.isPending}
        onClick={() => turn.mutate({ params, body: { enabled: !enabled } })}
      >
        {enabled ? "Disable" : "Enable"}
      </Button>
      <Button disabled={!allowed} loading={fire.isPending} onClick={() => fire.mutate({ params, body: {} })}>
        Start now
      </Button>
      {error && <ProblemBox error={error} />}
    </>
  );
}
