import { useCallback } from "react";
import { Chart } from "../../parts/chart.tsx";
import { axes, type Palette, tooltip } from "../../parts/chart-style.ts";
import { type MonitorRun, severity } from "./verdict.tsx";

/** Every feature over the runs, on one scale: 1 is its threshold. What drifted last is coloured. */
export function HistoryChart({ runs }: { runs: MonitorRun[] }) {
  const points = JSON.stringify(series(runs));
  const build = useCallback(
    (palette: Palette) => {
      const found = JSON.parse(points) as ReturnType<typeof series>;
      return {
        grid: { left: 4, right: 110, top: 12, bottom: 4, containLabel: true },
        tooltip: {
          trigger: "axis" as const,
          order: "valueDesc" as const,
          valueFormatter: (value: unknown) => (value === null ? "–" : `${Number(value).toFixed(2)} ×`),
          ...tooltip(palette),
        },
        xAxis: {
          type: "category" as const,
          data: found.labels,
          boundaryGap: false,
          ...axes(palette),
          splitLine: { show: false },
        },
        yAxis: { type: "value" as const, min: 0, ...axes(palette) },
        series: found.features.map((feature, index) => ({
          name: feature.name,
          type: "line" as const,
          data: feature.values,
          connectNulls: true,
          symbolSize: feature.drifted ? 5 : 3,
          showSymbol: feature.drifted,
          z: feature.drifted ? 3 : 2,
          lineStyle: { width: feature.drifted ? 2 : 1, color: feature.drifted ? palette.bad : palette.reference },
          itemStyle: { color: feature.drifted ? palette.bad : palette.reference },
          endLabel: { show: feature.label !== "", formatter: feature.label, color: palette.text, fontSize: 11.5 },
          ...(index === 0 && {
            markLine: {
              silent: true,
              symbol: "none",
              data: [{ yAxis: 1 }],
              lineStyle: { color: palette.wait, type: "dashed" as const },
              label: { formatter: "threshold", color: palette.dim, fontSize: 11, position: "insideStartTop" as const },
            },
          }),
        })),
      };
    },
    [points],
  );
  return <Chart build={build} height={230} label="Drift of every feature over the runs of the monitor" />;
}

function series(runs: MonitorRun[]) {
  const finished = runs.filter(({ state, features }) => state === "succeeded" && features.length > 0).toReversed();
  const names = [...new Set(finished.flatMap(({ features }) => features.map(({ feature }) => feature)))];
  const last = finished.at(-1);
  const features = names.map((name) => ({
    name,
    drifted: last?.features.some(({ feature, drifted }) => feature === name && drifted) ?? false,
    values: finished.map(({ features: found }) => {
      const measured = found.filter(({ feature }) => feature === name).map(severity);
      return measured.length > 0 ? Math.max(...measured) : null;
    }),
  }));
  const ends = labels(features.filter(({ drifted }) => drifted).map(({ name, values }) => [name, values.at(-1) ?? 0]));
  return {
    labels: finished.map(({ number }) => `run ${number}`),
    features: features.map((feature) => ({ ...feature, label: ends.get(feature.name) ?? "" })),
  };
}

/** Names at the ends of lines; lines that end close together share the label of the highest. */
function labels(ends: [name: string, value: number][]): Map<string, string> {
  const sorted = ends.toSorted(([, a], [, b]) => b - a);
  const apart = (sorted[0]?.[1] ?? 0) * 0.08;
  const found = new Map<string, string>();
  let head: [name: string, value: number] | undefined;
  for (const end of sorted) {
    if (head && head[1] - end[1] < apart) found.set(head[0], `${found.get(head[0])}, ${end[0]}`);
    else {
      head = end;
      found.set(end[0], end[0]);
    }
  }
  return found;
}
