import {
  BarChart,
  type BarSeriesOption,
  BoxplotChart,
  type BoxplotSeriesOption,
  LineChart,
  type LineSeriesOption,
  ParallelChart,
  ScatterChart,
  type ScatterSeriesOption,
} from "echarts/charts";
import {
  GridComponent,
  type GridComponentOption,
  LegendComponent,
  type LegendComponentOption,
  MarkLineComponent,
  ParallelComponent,
  TooltipComponent,
  type TooltipComponentOption,
} from "echarts/components";
import { type ComposeOption, type ECharts, type EChartsCoreOption, init, use } from "echarts/core";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import type { Palette } from "./chart-style.ts";

use([BarChart, BoxplotChart, LineChart, ParallelChart, ScatterChart]);
use([GridComponent, LegendComponent, MarkLineComponent, ParallelComponent, TooltipComponent]);
use([CanvasRenderer, SVGRenderer]);

export type ChartOption = ComposeOption<
  | BarSeriesOption
  | BoxplotSeriesOption
  | LineSeriesOption
  | ScatterSeriesOption
  | GridComponentOption
  | LegendComponentOption
  | TooltipComponentOption
>;

const colour = (style: CSSStyleDeclaration, name: string) => style.getPropertyValue(`--ty-${name}`).trim();

export interface EChartProps {
  /**
   * Builds the chart for the colours of the page. Keep it stable (useCallback), or the chart is drawn again.
   * A chart of parallel axes has a looser type: the library's own contradicts itself.
   */
  build: (palette: Palette) => ChartOption | EChartsCoreOption;
  height: number;
  /** `canvas` for many points. */
  renderer?: "svg" | "canvas";
  /** Gives the chart to whoever listens to it; called again with undefined when it is gone. */
  onChart?: (chart: ECharts | undefined) => void;
}

export function EChart({ build, height, renderer = "svg", onChart }: EChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts>(undefined);
  useEffect(() => {
    const element = box.current!;
    const made = init(element, undefined, { renderer });
    chart.current = made;
    onChart?.(made);
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(element);
    return () => {
      observer.disconnect();
      onChart?.(undefined);
      made.dispose();
    };
  }, [renderer, onChart]);
  useEffect(() => {
    const style = getComputedStyle(document.documentElement);
    const names = ["text", "dim", "line", "surface", "accent", "good", "bad", "wait", "reference"] as const;
    const palette = Object.fromEntries(names.map((name) => [name, colour(style, name)])) as unknown as Palette;
    const textStyle = { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 11.5, color: palette.dim };
    const motion = renderer === "svg" ? { animationDuration: 250 } : { animation: false };
    chart.current?.setOption({ ...motion, textStyle, ...build(palette) }, { notMerge: true });
  }, [build, renderer]);
  return <div ref={box} style={{ height }} />;
}
