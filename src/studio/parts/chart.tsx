import { useComputedColorScheme } from "@mantine/core";
import { lazy, Suspense } from "react";
import type { Palette } from "./chart-style.ts";
import type { ChartOption } from "./echarts.tsx";

const Canvas = lazy(() => import("./echarts.tsx").then((module) => ({ default: module.EChart })));

export interface ChartProps {
  /** Builds the chart for the colours of the page. Keep it stable (useCallback), or the chart is drawn again. */
  build: (palette: Palette) => ChartOption;
  height?: number;
  /** What the chart shows, in words. */
  label: string;
}

/** A chart; its library is loaded when the first one is shown. */
export function Chart({ build, height = 220, label }: ChartProps) {
  const scheme = useComputedColorScheme("light");
  return (
    <div style={{ height }} role="img" aria-label={label}>
      <Suspense fallback={null}>
        <Canvas key={scheme} build={build} height={height} />
      </Suspense>
    </div>
  );
}
