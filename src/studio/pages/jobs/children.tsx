import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import type { Child } from "../../../contract/fan-out.ts";
import type { JobDetail, StepView } from "../../../contract/job.ts";
import { query, useWorkspace } from "../../api.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { figure } from "../../parts/number.ts";
import { Section } from "../../parts/page.tsx";
import { isMoving, State } from "../../parts/state.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Duration } from "../../parts/time.tsx";

const SweepCharts = lazy(() => import("./sweep-charts.tsx").then((module) => ({ default: module.SweepCharts })));

/** More are read from the command line or the API; a panel of a thousand rows is long enough. */
const mostShown = 1000;
const lookEveryMs = 2000;

/** The trials of a sweep, with how they compare, or the items of a loop. */
export function Children({ job, step }: { job: JobDetail; step: StepView }) {
  const params = { workspace: useWorkspace(), id: job.id, step: step.name };
  const refetchInterval = isMoving(step.state) ? lookEveryMs : false;
  const children = useQuery({
    ...query("job", "children", { params, query: { limit: mostShown } }),
    refetchInterval,
  });
  const isSweep = step.kind === "sweep";
  const sweep = useQuery({ ...query("job", "sweep", { params }), refetchInterval, enabled: isSweep });
  return (
    <Loaded query={children}>
      {({ items, next }) => (
        <div className="ty-panel-scroll">
          {isSweep && sweep.data && (
            <Suspense fallback={null}>
              <SweepCharts sweep={sweep.data} trials={items} />
            </Suspense>
          )}
          <Section title={isSweep ? "Trials" : "Items"} flush aside={<Counts step={step} />}>
            {items.length === 0 ? (
              <p className="ty-quiet">
                {isSweep ? "No trial has started yet." : "No item has started yet, or the list of items is empty."}
              </p>
            ) : (
              <DataTable
                label={isSweep ? "Trials" : "Items"}
                rows={items}
                columns={columnsOf(items, sweep.data?.objective.primaryMetric)}
                rowKey={({ number }) => String(number)}
                selected={({ number }) => number === sweep.data?.best?.number}
              />
            )}
            {next !== undefined && <p className="ty-quiet">The first {mostShown} are shown.</p>}
          </Section>
        </div>
      )}
    </Loaded>
  );
}

const Counts = ({ step: { children } }: { step: StepView }) =>
  children && (
    <span className="ty-dim">
      {(["running", "succeeded", "failed", "stopped", "cancelled"] as const)
        .filter((state) => children[state] > 0)
        .map((state) => `${children[state]} ${state}`)
        .join(", ")}{" "}
      of {children.total}
    </span>
  );

const valuesOf = ({ given }: Child): Record<string, string | number | boolean> =>
  typeof given === "object" ? given : { item: given };

function columnsOf(items: Child[], metric: string | undefined): Column<Child>[] {
  const names = [...new Set(items.flatMap((child) => Object.keys(valuesOf(child))))];
  return [
    {
      ...{ id: "number", header: "#", align: "right", width: 48, sort: ({ number }) => number },
      cell: ({ number, jobId }) => (
        <Link to="/jobs/$id" params={{ id: jobId }} className="ty-link">
          {number}
        </Link>
      ),
    },
    {
      ...{ id: "state", header: "State", sort: ({ state }) => state },
      cell: ({ state, note }) => (
        <span title={note ?? undefined}>
          <State value={state} />
        </span>
      ),
    },
    ...(metric
      ? [
          {
            ...{ id: "metric", header: metric, align: "right" as const, sort: (child: Child) => child.metric },
            cell: (child: Child) => (child.metric === null ? null : figure(child.metric)),
          },
        ]
      : []),
    ...names.map(
      (name): Column<Child> => ({
        ...{ id: `given.${name}`, header: name, sort: (child) => sortable(valuesOf(child)[name]) },
        cell: (child) => shown(valuesOf(child)[name]),
      }),
    ),
    {
      ...{ id: "run", header: "Run" },
      cell: ({ runId }) =>
        runId && (
          <Link to="/runs/$id" params={{ id: runId }} className="ty-link">
            run
          </Link>
        ),
    },
    {
      ...{ id: "took", header: "Took", align: "right" },
      cell: ({ createdAt, endedAt }) => <Duration from={createdAt} to={endedAt} />,
    },
  ];
}

type Value = string | number | boolean | undefined;
const sortable = (value: Value): string | number | undefined => (typeof value === "boolean" ? String(value) : value);
const shown = (value: Value): string | null =>
  value === undefined ? null : typeof value === "number" ? figure(value) : String(value);
