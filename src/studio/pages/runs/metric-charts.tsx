import { useQueries } from "@tanstack/react-query";
import { useCallback } from "react";
import type { z } from "zod";
import type { metricPointSchema } from "../../../contract/run.ts";
import { query, useWorkspace } from "../../api.ts";
import { Chart } from "../../parts/chart.tsx";
import { axes, type Palette, tooltip } from "../../parts/chart-style.ts";
import { Section } from "../../parts/page.tsx";

type Point = z.output<typeof metricPointSchema>;

const shownCharts = 24;

/** The history of every metric that has one. A metric with one value is a figure, not a chart. */
export function MetricCharts({ run, names, moving }: { run: string; names: string[]; moving: boolean }) {
  const workspace = useWorkspace();
  const histories = useQueries({
    queries: names.slice(0, shownCharts).map((key) => ({
      ...query("run", "metricHistory", { params: { workspace, id: run }, query: { key } }),
      refetchInterval: moving ? 5000 : (false as const),
    })),
  });
  const charts = names.flatMap((name, index) => {
    const points = histories[index]?.data?.points ?? [];
    return points.length > 1 ? [{ name, points }] : [];
  });
  if (charts.length === 0) return null;
  return (
    <div className="ty-charts">
      {charts.map(({ name, points }) => (
        <Section key={name} title={name}>
          <History name={name} points={points} />
        </Section>
      ))}
    </div>
  );
}

function History({ name, points }: { name: string; points: Point[] }) {
  const build = useCallback(
    (palette: Palette) => ({
      grid: { left: 8, right: 12, top: 10, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis" as const, ...tooltip(palette) },
      xAxis: { type: "value" as const, name: "", minInterval: 1, ...axes(palette), splitLine: { show: false } },
      yAxis: { type: "value" as const, scale: true, ...axes(palette) },
      series: [
        {
          name,
          type: "line" as const,
          data: points.map(({ step, value }) => [step, typeof value === "number" ? value : null]),
          showSymbol: points.length < 30,
          symbolSize: 4,
          lineStyle: { width: 1.6, color: palette.accent },
          itemStyle: { color: palette.accent },
        },
      ],
    }),
    [name, points],
  );
  return <Chart build={build} height={180} label={`${name} by step`} />;
}
