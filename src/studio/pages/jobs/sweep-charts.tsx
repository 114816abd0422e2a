import type { EChartsCoreOption } from "echarts/core";
import { useCallback, useMemo } from "react";
import type { Client } from "../../../contract/client.ts";
import type { Child } from "../../../contract/fan-out.ts";
import { Chart } from "../../parts/chart.tsx";
import { axes, type Palette, tooltip } from "../../parts/chart-style.ts";
import { figure } from "../../parts/number.ts";
import { Facts, Section } from "../../parts/page.tsx";

type Sweep = Awaited<ReturnType<Client["job"]["sweep"]>>;
type Value = string | number | boolean;
type Result = { number: number; values: Record<string, Value>; metric: number };

/** How a sweep goes: the best so far, the metric by trial, what matters, and the trials as lines over the parameters. */
export function SweepCharts({ sweep, trials }: { sweep: Sweep; trials: Child[] }) {
  const key = JSON.stringify(trials.map(({ number, metric }) => [number, metric]));
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for the trials
  const results = useMemo(() => resultsOf(trials), [key]);
  const { objective, best, importance } = sweep;
  const progress = useCallback((palette: Palette) => progressOption(palette, results, objective), [results, objective]);
  const lines = useCallback((palette: Palette) => linesOption(palette, results, objective), [results, objective]);
  const matters = Object.entries(importance).toSorted(([, a], [, b]) => b - a);
  return (
    <>
      <Section title="Best trial">
        {best ? (
          <Facts
            items={[
              [objective.primaryMetric, <b key="metric">{figure(best.metric!)}</b>],
              ["Trial", String(best.number)],
              ...Object.entries(best.given as Record<string, Value>).map(([name, value]): [string, string] => [
                name,
                typeof value === "number" ? figure(value) : String(value),
              ]),
            ]}
          />
        ) : (
          <p className="ty-quiet">No trial has ended well with the metric {objective.primaryMetric} yet.</p>
        )}
      </Section>
      {results.length > 0 && (
        <Section title={`${objective.primaryMetric} by trial`} aside={<span className="ty-dim">{objective.goal}</span>}>
          <Chart
            build={progress}
            height={190}
            label={`${objective.primaryMetric} of each trial, and the best so far`}
          />
        </Section>
      )}
      {matters.length > 0 && (
        <Section title="Importance" aside={<span className="ty-dim">share of the variance explained alone</span>}>
          <Bars items={matters} />
        </Section>
      )}
      {results.length > 1 && (
        <Section title="Parallel coordinates" aside={<span className="ty-dim">drag along an axis to filter</span>}>
          <Chart renderer="canvas" build={lines} height={260} label="Parameters and metric of each trial as a line" />
        </Section>
      )}
    </>
  );
}

const resultsOf = (trials: Child[]): Result[] =>
  trials.flatMap(({ number, given, metric }) =>
    metric === null ? [] : [{ number, values: given as Record<string, Value>, metric }],
  );

const Bars = ({ items }: { items: [string, number][] }) => (
  <dl className="ty-bars">
    {items.map(([name, share]) => (
      <div key={name} className="ty-bars-row">
        <dt>{name}</dt>
        <dd>
          <span className="ty-bar" style={{ width: `${Math.round(share * 100)}%` }} />
          <span className="ty-bar-figure">{Math.round(share * 100)} %</span>
        </dd>
      </div>
    ))}
  </dl>
);

const isBetter = (goal: Sweep["objective"]["goal"], a: number, b: number): boolean =>
  goal === "minimize" ? a < b : a > b;

function progressOption(palette: Palette, results: Result[], { goal, primaryMetric }: Sweep["objective"]) {
  let best: number | undefined;
  const soFar = results.map(({ number, metric }) => {
    if (best === undefined || isBetter(goal, metric, best)) best = metric;
    return [number, best];
  });
  const option: EChartsCoreOption = {
    grid: { left: 8, right: 14, top: 12, bottom: 4, containLabel: true },
    tooltip: { trigger: "axis", ...tooltip(palette), valueFormatter: (value: unknown) => figure(value as number) },
    xAxis: { type: "value", minInterval: 1, ...axes(palette), splitLine: { show: false } },
    yAxis: { type: "value", scale: true, ...axes(palette) },
    series: [
      {
        ...{ type: "scatter", name: primaryMetric, symbolSize: 7, itemStyle: { color: palette.dim, opacity: 0.7 } },
        data: results.map(({ number, metric }) => [number, metric]),
      },
      {
        ...{ type: "line", name: "best so far", step: "end", showSymbol: false },
        ...{ lineStyle: { color: palette.accent, width: 2 }, itemStyle: { color: palette.accent } },
        data: soFar,
      },
    ],
  };
  return option;
}

function linesOption(palette: Palette, results: Result[], { goal, primaryMetric }: Sweep["objective"]) {
  const names = Object.keys(results[0]?.values ?? {});
  const sorted = results.map(({ metric }) => metric).toSorted((a, b) => a - b);
  const [least = 0, most = 0] = [sorted[0], sorted.at(-1)];
  const label = { color: palette.text, fontSize: 11, textBorderColor: palette.surface, textBorderWidth: 3 };
  const axisFor = (name: string, dim: number, values: Value[]) => {
    const isNumeric = values.every((value) => typeof value === "number");
    const numbers = values as number[];
    const isLog = isNumeric && Math.min(...numbers) > 0 && Math.max(...numbers) / Math.min(...numbers) > 100;
    return {
      ...{ dim, name, ...axes(palette), nameTextStyle: { color: palette.text, fontSize: 12 } },
      areaSelectStyle: { width: 18, color: palette.accent, opacity: 0.25 },
      ...(isNumeric
        ? {
            type: isLog ? ("log" as const) : ("value" as const),
            scale: true,
            axisLabel: { ...label, formatter: (value: number) => figure(value) },
          }
        : { type: "category" as const, data: [...new Set(values.map(String))].toSorted(), axisLabel: label }),
    };
  };
  const option: EChartsCoreOption = {
    parallel: { left: 40, right: 60, top: 34, bottom: 14 },
    parallelAxis: [
      ...names.map((name, dim) =>
        axisFor(
          name,
          dim,
          results.map(({ values }) => values[name]!),
        ),
      ),
      axisFor(
        primaryMetric,
        names.length,
        results.map(({ metric }) => metric),
      ),
    ],
    series: results.map(({ values, metric }) => {
      // The better, the stronger: the eye follows the good trials.
      const rank = most === least ? 1 : (metric - least) / (most - least);
      const good = goal === "minimize" ? 1 - rank : rank;
      return {
        type: "parallel" as const,
        lineStyle: { color: good > 0.9 ? palette.accent : palette.dim, width: 1.4, opacity: 0.15 + 0.75 * good ** 2 },
        inactiveOpacity: 0.04,
        data: [
          [...names.map((name) => (typeof values[name] === "boolean" ? String(values[name]) : values[name])), metric],
        ],
      };
    }),
  };
  return option;
}
