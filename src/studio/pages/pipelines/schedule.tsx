import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { Firing } from "../../../contract/schedule.ts";
import { query, useWorkspace } from "../../api.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { Facts, Page, Section } from "../../parts/page.tsx";
import { State } from "../../parts/state.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { timeText } from "../../parts/time.tsx";
import { Address } from "./address.tsx";
import { catchUpTexts, isClock, overlapText } from "./policy.ts";
import { ScheduleActions } from "./schedule-actions.tsx";
import { TriggerText } from "./trigger.tsx";

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
          actions={<ScheduleActions schedule={found} />}
        >
          <Section title="When">
            <Facts
              items={[
                ["Trigger", <TriggerText key="trigger" trigger={found.trigger} />],
                ["Next", found.due.length > 0 && found.due.map(timeText).join(", ")],
                ["While its last job runs", overlapText(found.trigger.type, found.overlap)],
                ["Times while no server ran", isClock(found.trigger.type) && catchUpTexts[found.catchUp]],
                ["Version", found.start.version === undefined ? "the newest" : String(found.start.version)],
                ["Started for", found.createdBy.name],
              ]}
            />
          </Section>
          {Object.keys(found.start.inputs).length > 0 && (
            <Section title="Inputs">
              <Facts
                items={Object.entries(found.start.inputs).map(([input, value]) => [
                  input,
                  <code key={input}>{String(value)}</code>,
                ])}
              />
            </Section>
          )}
          {found.trigger.type === "webhook" && <Address schedule={found} />}
          <Section title="Firings" flush>
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
