import { BarChart, type BarSeriesOption, LineChart, type LineSeriesOption } from "echarts/charts";
import {
  GridComponent,
  type GridComponentOption,
  LegendComponent,
  type LegendComponentOption,
  MarkLineComponent,
  TooltipComponent,
  type TooltipComponentOption,
} from "echarts/components";
import { type ComposeOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import type { Palette } from "./chart-style.ts";

use([BarChart, LineChart, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

export type ChartOption = ComposeOption<
  BarSeriesOption | LineSeriesOption | GridComponentOption | LegendComponentOption | TooltipComponentOption
>;

const colour = (style: CSSStyleDeclaration, name: string) => style.getPropertyValue(`--ty-${name}`).trim();

export function EChart({ build, height }: { build: (palette: Palette) => ChartOption; height: number }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current!;
    const style = getComputedStyle(document.documentElement);
    const names = ["text", "dim", "line", "surface", "accent", "good", "bad", "wait", "reference"] as const;
    const palette = Object.fromEntries(names.map((name) => [name, colour(style, name)])) as unknown as Palette;
    const chart = init(element, undefined, { renderer: "svg" });
    chart.setOption({
      animationDuration: 250,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 11.5, color: palette.dim },
      ...build(palette),
    });
    const observer = new ResizeObserver(() => chart.resize());
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.dispose();
    };
  }, [build]);
  return <div ref={box} style={{ height }} />;
}
