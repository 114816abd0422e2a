import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { type Child, childStates } from "../../../contract/fan-out.ts";
import type { JobDetail, StepView } from "../../../contract/job.ts";
import { client, query, useWorkspace } from "../../api.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { count, figure, plural } from "../../parts/number.ts";
import { Section } from "../../parts/page.tsx";
import { More, usePages } from "../../parts/paging.tsx";
import { isMoving, State } from "../../parts/state.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Duration } from "../../parts/time.tsx";

const SweepCharts = lazy(() => import("./sweep-charts.tsx").then((module) => ({ default: module.SweepCharts })));

const pageSize = 200;
/** As many as are drawn together. */
const mostDrawn = 10_000;
const lookEveryMs = 2000;

/** The trials of a sweep, with how they compare, or the items of a loop. */
export function Children({ job, step }: { job: JobDetail; step: StepView }) {
  const isSweep = step.kind === "sweep";
  return (
    <div className="ty-panel-scroll">
      {isSweep && <Drawn job={job} step={step} />}
      <List job={job} step={step} />
    </div>
  );
}

/** All trials of a sweep in pictures. */
function Drawn({ job, step }: { job: JobDetail; step: StepView }) {
  const params = { workspace: useWorkspace(), id: job.id, step: step.name };
  const refetchInterval = isMoving(step.state) ? lookEveryMs : false;
  const sweep = useQuery({ ...query("job", "sweep", { params }), refetchInterval });
  const all = query("job", "children", { params, query: { limit: mostDrawn } });
  const trials = useQuery({ ...all, refetchInterval });
  if (!sweep.data || !trials.data || trials.data.items.length === 0) return null;
  return (
    <Suspense fallback={null}>
      <SweepCharts sweep={sweep.data} trials={trials.data.items} />
    </Suspense>
  );
}

function List({ job, step }: { job: JobDetail; step: StepView }) {
  const params = { workspace: useWorkspace(), id: job.id, step: step.name };
  const [state, setState] = useState<Child["state"] | undefined>(undefined);
  const isSweep = step.kind === "sweep";
  const sweep = useQuery({ ...query("job", "sweep", { params }), enabled: isSweep });
  const list = usePages<Child>(
    ["job", "children", params, state],
    async (after, signal) => {
      const asked = { limit: pageSize, state, ...(after !== undefined && { after: Number(after) }) };
      const { items, next } = await client.job.children({ params, query: asked }, { signal });
      return { items, ...(next !== undefined && { next: String(next) }) };
    },
    isMoving(step.state),
  );
  const title = isSweep ? "Trials" : "Items";
  return (
    <Section title={title} flush aside={<Counts step={step} state={state} onChoose={setState} />}>
      <Loaded query={list}>
        {(items) =>
          items.length === 0 ? (
            <p className="ty-quiet">{noneText(isSweep, state)}</p>
          ) : (
            <>
              <DataTable
                label={title}
                rows={items}
                columns={columnsOf(items, sweep.data?.objective.primaryMetric)}
                rowKey={({ number }) => String(number)}
                selected={({ number }) => number === sweep.data?.best?.number}
              />
              <More list={list} />
            </>
          )
        }
      </Loaded>
    </Section>
  );
}

function noneText(isSweep: boolean, state: string | undefined): string {
  if (state) return `None is ${state}.`;
  return isSweep ? "No trial has started yet." : "No item has started yet, or the list of items is empty.";
}

interface CountsProps {
  step: StepView;
  state: Child["state"] | undefined;
  onChoose: (state: Child["state"] | undefined) => void;
}

/** How many are in each state; a click shows only those. */
const Counts = ({ step: { children }, state, onChoose }: CountsProps) =>
  children && (
    <span className="ty-counts">
      {childStates
        .filter((one) => children[one] > 0 || one === state)
        .map((one) => (
          <button
            key={one}
            type="button"
            className="ty-count"
            aria-pressed={one === state}
            onClick={() => onChoose(one === state ? undefined : one)}
          >
            {count(children[one])} {one}
          </button>
        ))}
      <span>
        of {count(children.total)}
        {children.reused > 0 && `, ${count(children.reused)} reused`}
      </span>
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
      cell: ({ state }) => <State value={state} />,
    },
    ...(items.some(({ steps }) => steps && steps.reused > 0)
      ? [
          {
            ...{ id: "reused", header: "Reused", sort: ({ steps }: Child) => steps?.reused },
            cell: ({ steps }: Child) => steps && reusedText(steps),
          },
        ]
      : []),
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
    ...(items.some(({ note }) => note !== null)
      ? [
          {
            ...{ id: "note", header: "Note" },
            cell: ({ note }: Child) =>
              note && (
                <span className="ty-top" title={note}>
                  {note}
                </span>
              ),
          },
        ]
      : []),
    {
      ...{ id: "took", header: "Took", align: "right" },
      cell: ({ createdAt, endedAt }) => <Duration from={createdAt} to={endedAt} />,
    },
  ];
}

function reusedText({ done, reused }: NonNullable<Child["steps"]>): ReactNode {
  if (done > 0 && reused === done) return <State value="reused" />;
  return reused > 0 && `${reused} of ${plural(done, "step")}`;
}

type Value = string | number | boolean | undefined;
const sortable = (value: Value): string | number | undefined => (typeof value === "boolean" ? String(value) : value);
const shown = (value: Value): string | null =>
  value === undefined ? null : typeof value === "number" ? figure(value) : String(value);
