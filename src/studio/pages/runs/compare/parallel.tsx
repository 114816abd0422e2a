import { Button, MultiSelect } from "@mantine/core";
import type { ECharts, EChartsCoreOption } from "echarts/core";
import { useCallback, useState } from "react";
import { Chart } from "../../../parts/chart.tsx";
import { axes as axisStyle, type Palette } from "../../../parts/chart-style.ts";
import { figure, plural } from "../../../parts/number.ts";
import { Section } from "../../../parts/page.tsx";
import { splitIds } from "../table/column.ts";
import { type FactAxis, factAxis, factIds, selectData, varyingParams } from "./fact.ts";
import type { ComparedRun, Comparison } from "./use-compare.ts";

/** One axis per param or metric, one line per run. Dragging along an axis chooses the runs that pass there. */
export function Parallel({ runs, search, set }: Comparison & { runs: ComparedRun[] }) {
  const ids = factIds(runs);
  const first = [...varyingParams(runs).slice(0, 6), ...ids.metrics.slice(0, 2)];
  const chosen = search.axes ? splitIds(search.axes) : first;
  const axes = chosen.flatMap((id) => factAxis(id, runs) ?? []);
  const [passing, setPassing] = useState<string[] | null>(null);
  const key = `${chosen.join()}\n${runs.map((run) => run.id).join()}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for axes and runs
  const build = useCallback((palette: Palette) => parallelOption(palette, axes, runs), [key]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const onChart = useCallback(
    (chart: ECharts | undefined) => {
      setPassing(null);
      chart?.on("axisareaselected", () => setPassing(passingOf(chart, runs)));
    },
    [key],
  );
  return (
    <Section
      title="Parallel coordinates"
      aside={
        passing && passing.length < runs.length ? (
          <Button variant="default" onClick={() => set({ runs: passing.join(",") })} disabled={passing.length === 0}>
            Keep only the {plural(passing.length, "run")}
          </Button>
        ) : (
          <span className="ty-dim">Drag along an axis to choose runs.</span>
        )
      }
    >
      <MultiSelect
        size="xs"
        aria-label="Axes"
        searchable
        data={selectData(ids)}
        value={chosen}
        onChange={(values) => set({ axes: values.join(",") || undefined })}
      />
      {axes.length < 2 ? (
        <p className="ty-quiet">Choose two axes or more.</p>
      ) : (
        <Chart
          renderer="canvas"
          key={key}
          build={build}
          onChart={onChart}
          height={420}
          label="Params and metrics of each run as a line"
        />
      )}
    </Section>
  );
}

/** The runs whose lines are not dimmed. */
function passingOf(chart: ECharts, runs: ComparedRun[]): string[] {
  // Each run is a series of one line, so that it keeps its colour.
  const model = (chart as unknown as { getModel(): Model }).getModel();
  return runs
    .filter(
      (_, index) =>
        model.getSeriesByIndex(index).getRawIndicesByActiveState("active").length > 0 ||
        model.getSeriesByIndex(index).getRawIndicesByActiveState("normal").length > 0,
    )
    .map((run) => run.id);
}

interface Model {
  getSeriesByIndex(index: number): { getRawIndicesByActiveState(state: "active" | "normal"): number[] };
}

function parallelOption(palette: Palette, axes: FactAxis[], runs: ComparedRun[]): EChartsCoreOption {
  const label = { color: palette.text, fontSize: 11, textBorderColor: palette.surface, textBorderWidth: 3 };
  return {
    parallel: { left: 50, right: 70, top: 46, bottom: 20 },
    parallelAxis: axes.map((axis, dim) => {
      const values = runs.map((run) => axis.valueOf(run));
      const numbers = values.filter((value) => typeof value === "number");
      const least = Math.min(...numbers);
      const isLog = axis.numeric && least > 0 && Math.max(...numbers) / least > 100;
      return {
        dim,
        name: axis.label,
        ...axisStyle(palette),
        axisLabel: label,
        axisLine: { lineStyle: { color: palette.dim } },
        nameTextStyle: { color: palette.text, fontSize: 12 },
        areaSelectStyle: { width: 18, color: palette.accent, opacity: 0.25 },
        ...(axis.numeric
          ? {
              type: isLog ? ("log" as const) : ("value" as const),
              scale: true,
              axisLabel: { ...label, formatter: (value: number) => figure(value) },
            }
          : { type: "category" as const, data: [...new Set(values.filter((value) => value !== null))].toSorted() }),
      };
    }),
    series: runs.map((run) => ({
      type: "parallel" as const,
      name: run.name,
      lineStyle: { color: run.color, width: 1.6, opacity: 0.75, type: run.dash },
      inactiveOpacity: 0.06,
      activeOpacity: 0.9,
      emphasis: { lineStyle: { width: 3, opacity: 1 } },
      data: [axes.map((axis) => axis.valueOf(run) ?? "-")],
    })),
  };
}
