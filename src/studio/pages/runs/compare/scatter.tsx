import { Select } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import type { ECharts } from "echarts/core";
import { useCallback } from "react";
import { Chart } from "../../../parts/chart.tsx";
import { axes as axisStyle, type Palette, tooltip } from "../../../parts/chart-style.ts";
import type { ChartOption } from "../../../parts/echarts.tsx";
import { figure } from "../../../parts/number.ts";
import { Section } from "../../../parts/page.tsx";
import { type FactAxis, factAxis, factIds, selectData, varyingParams } from "./fact.ts";
import { quartiles } from "./quartiles.ts";
import type { ComparedRun, Comparison } from "./use-compare.ts";

/** Two facts against each other, a point per run. */
export function Scatter({ runs, search, set }: Comparison & { runs: ComparedRun[] }) {
  const ids = factIds(runs);
  const sx = search.sx ?? varyingParams(runs)[0] ?? ids.metrics[0];
  const sy = search.sy ?? ids.metrics.find((id) => id !== sx) ?? ids.params[0];
  const x = sx ? factAxis(sx, runs) : null;
  const y = sy ? factAxis(sy, runs) : null;
  const navigate = useNavigate();
  const key = `${sx}\n${sy}\n${runs.map((run) => run.id).join()}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for axes and runs
  const build = useCallback((palette: Palette) => scatterOption(palette, x!, y!, runs), [key]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const onChart = useCallback(
    (chart: ECharts | undefined) =>
      void chart?.on("click", ({ dataIndex }) => {
        const run = drawn(x!, y!, runs)[dataIndex];
        if (run) void navigate({ to: "/runs/$id", params: { id: run.id } });
      }),
    [key],
  );
  const data = selectData(ids);
  return (
    <Section title="Scatter" aside={<span className="ty-dim">Click a point to open its run.</span>}>
      <div className="ty-controls">
        <Select size="xs" label="x" searchable data={data} value={sx} onChange={(id) => set({ sx: id ?? undefined })} />
        <Select size="xs" label="y" searchable data={data} value={sy} onChange={(id) => set({ sy: id ?? undefined })} />
      </div>
      {x && y ? (
        <Chart
          renderer="canvas"
          key={key}
          build={build}
          onChart={onChart}
          height={420}
          label={`${y.label} against ${x.label}, a point per run`}
        />
      ) : (
        <p className="ty-quiet">These runs have nothing to draw.</p>
      )}
    </Section>
  );
}

const drawn = (x: FactAxis, y: FactAxis, runs: ComparedRun[]) =>
  runs.filter((run) => x.valueOf(run) !== null && y.valueOf(run) !== null);

const axisOf = (palette: Palette, axis: FactAxis) => ({
  type: axis.numeric ? ("value" as const) : ("category" as const),
  scale: true,
  name: axis.label,
  nameLocation: "middle" as const,
  nameGap: 34,
  nameTextStyle: { color: palette.text },
  ...axisStyle(palette),
});

function scatterOption(palette: Palette, x: FactAxis, y: FactAxis, runs: ComparedRun[]): ChartOption {
  return {
    grid: { left: 30, right: 20, top: 16, bottom: 34, containLabel: true },
    tooltip: {
      trigger: "item",
      ...tooltip(palette),
      formatter: (item) => textOf(item as { name: string; value: unknown[] }, x, y),
    },
    xAxis: axisOf(palette, x),
    yAxis: axisOf(palette, y),
    series: [
      {
        type: "scatter",
        symbolSize: 10,
        data: drawn(x, y, runs).map((run) => ({
          name: run.name,
          value: [x.valueOf(run)!, y.valueOf(run)!],
          itemStyle: { color: run.color, opacity: 0.85 },
        })),
      },
    ],
  };
}

function textOf({ name, value }: { name: string; value: unknown[] }, x: FactAxis, y: FactAxis): HTMLElement {
  const box = document.createElement("div");
  for (const [at, line] of [
    name,
    `${x.label} ${figure(value[0] as number)}`,
    `${y.label} ${figure(value[1] as number)}`,
  ].entries()) {
    const row = document.createElement(at === 0 ? "b" : "div");
    row.textContent = line;
    box.append(row);
  }
  return box;
}

const mostBoxes = 40;

/** How a metric spreads for each value of a param. */
export function Boxes({ runs, search, set }: Comparison & { runs: ComparedRun[] }) {
  const ids = factIds(runs);
  const by = search.by ?? varyingParams(runs).at(-1) ?? ids.params[0];
  const sy = search.sy?.startsWith("metrics.") ? search.sy : ids.metrics[0];
  const group = by ? factAxis(by, runs) : null;
  const value = sy ? factAxis(sy, runs) : null;
  const key = `${by}\n${sy}\n${runs.map((run) => run.id).join()}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for axes and runs
  const build = useCallback((palette: Palette) => boxOption(palette, group!, value!, runs), [key]);
  const data = selectData(ids);
  return (
    <Section title="Box">
      <div className="ty-controls">
        <Select
          size="xs"
          label="Metric"
          searchable
          data={[data[0]!]}
          value={sy}
          onChange={(id) => set({ sy: id ?? undefined })}
        />
        <Select
          size="xs"
          label="By parameter"
          searchable
          data={[data[1]!]}
          value={by}
          onChange={(id) => set({ by: id ?? undefined })}
        />
      </div>
      {group && value ? (
        <Chart
          renderer="canvas"
          key={key}
          build={build}
          height={380}
          label={`${value.label} for each value of ${group.label}`}
        />
      ) : (
        <p className="ty-quiet">This needs a metric and a parameter.</p>
      )}
    </Section>
  );
}

function boxOption(palette: Palette, group: FactAxis, value: FactAxis, runs: ComparedRun[]): ChartOption {
  const groups = Map.groupBy(drawn(group, value, runs), (run) => group.valueOf(run)!);
  const names = [...groups.keys()]
    .toSorted((a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b))))
    .slice(0, mostBoxes);
  const numbers = (name: number | string) =>
    groups
      .get(name)!
      .map((run) => Number(value.valueOf(run)))
      .filter(Number.isFinite);
  return {
    grid: { left: 30, right: 20, top: 16, bottom: 34, containLabel: true },
    tooltip: { trigger: "item", ...tooltip(palette) },
    xAxis: { ...axisOf(palette, group), type: "category", data: names.map(String) },
    yAxis: axisOf(palette, value),
    series: [
      {
        type: "boxplot",
        name: value.label,
        itemStyle: { color: "transparent", borderColor: palette.accent },
        boxWidth: [8, 44],
        data: names.map((name) => quartiles(numbers(name))),
      },
      {
        type: "scatter",
        symbolSize: 6,
        data: names.flatMap((name) =>
          groups.get(name)!.map((run) => ({
            name: run.name,
            value: [String(name), Number(value.valueOf(run))],
            itemStyle: { color: run.color, opacity: 0.7 },
          })),
        ),
      },
    ],
  };
}
