import { useComputedColorScheme } from "@mantine/core";
import { lazy, Suspense } from "react";
import type { EChartProps } from "./echarts.tsx";

const Canvas = lazy(() => import("./echarts.tsx").then((module) => ({ default: module.EChart })));

export interface ChartProps extends Pick<EChartProps, "build" | "renderer" | "onChart"> {
  height?: number;
  /** What the chart shows, in words. */
  label: string;
}

/** A chart; its library is loaded when the first one is shown. */
export function Chart({ build, height = 220, label, renderer, onChart }: ChartProps) {
  const scheme = useComputedColorScheme("light");
  return (
    <div style={{ height }} role="img" aria-label={label}>
      <Suspense fallback={null}>
        <Canvas key={scheme} build={build} height={height} renderer={renderer} onChart={onChart} />
      </Suspense>
    </div>
  );
}
