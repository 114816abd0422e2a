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
        grid: { left: 4, right: 96, top: 12, bottom: 4, containLabel: true },
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
          endLabel: { show: feature.drifted, formatter: "{a}", color: palette.text, fontSize: 11.5 },
          labelLayout: { moveOverlap: "shiftY" as const },
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
  return {
    labels: finished.map(({ number }) => `run ${number}`),
    features: names.map((name) => ({
      name,
      drifted: last?.features.some(({ feature, drifted }) => feature === name && drifted) ?? false,
      values: finished.map(({ features }) => {
        const measured = features.filter(({ feature }) => feature === name).map(severity);
        return measured.length > 0 ? Math.max(...measured) : null;
      }),
    })),
  };
}
