import { useCallback } from "react";
import { Chart } from "../../parts/chart.tsx";
import { axes, type Palette, tooltip } from "../../parts/chart-style.ts";
import { percent } from "../../parts/number.ts";
import type { FeatureDrift } from "./verdict.tsx";

/** Reference and production over the same bins. */
export function FeatureChart({ feature }: { feature: FeatureDrift }) {
  const shape = JSON.stringify(feature.histogram);
  const build = useCallback(
    (palette: Palette) => {
      const histogram = JSON.parse(shape) as FeatureDrift["histogram"];
      return {
        grid: { left: 4, right: 8, top: 34, bottom: 4, containLabel: true },
        legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 9, icon: "rect", textStyle: { color: palette.text } },
        tooltip: {
          trigger: "axis" as const,
          valueFormatter: (value: unknown) => percent(Number(value)),
          ...tooltip(palette),
        },
        xAxis: { type: "category" as const, data: histogram.labels, ...axes(palette), splitLine: { show: false } },
        yAxis: {
          type: "value" as const,
          ...axes(palette),
          axisLabel: { ...axes(palette).axisLabel, formatter: (value: number) => percent(value) },
        },
        series: [
          {
            name: "reference",
            type: "bar" as const,
            data: histogram.reference,
            itemStyle: { color: palette.reference },
            barGap: "-100%",
            barCategoryGap: "8%",
          },
          {
            name: "production",
            type: "bar" as const,
            data: histogram.production,
            itemStyle: {
              color: feature.drifted ? palette.bad : palette.accent,
              opacity: 0.55,
              borderColor: feature.drifted ? palette.bad : palette.accent,
              borderWidth: 1,
            },
          },
        ],
      };
    },
    [shape, feature.drifted],
  );
  return <Chart build={build} height={300} label={`Histogram of ${feature.feature}: reference and production`} />;
}
