import type { LineSeriesOption } from "echarts/charts";
import type { Palette } from "../../../parts/chart-style.ts";
import { axes, tooltip } from "../../../parts/chart-style.ts";
import type { ChartOption } from "../../../parts/echarts.tsx";
import { count, figure } from "../../../parts/number.ts";
import { durationText, timeText } from "../../../parts/time.tsx";
import { smooth } from "./smooth.ts";
import type { Line, XAxis, Zoom } from "./use-histories.ts";

export interface CurveStyle {
  x: XAxis;
  smoothing: number;
  logX: boolean;
  logY: boolean;
  zoom: Zoom | null;
}

const mostBands = 8;
const mostInTooltip = 12;

const plain: LineSeriesOption = {
  type: "line",
  showSymbol: false,
  animation: false,
  silent: true,
  tooltip: { show: false },
};

/** One line per run; when points were summed up, a band from the least to the greatest value behind it. */
export function curveOption(palette: Palette, lines: Line[], style: CurveStyle): ChartOption {
  const bands = lines.length <= mostBands && style.smoothing === 0 && !style.logY;
  const sparse = lines.every((line) => line.points.length < 40);
  return {
    grid: { left: 6, right: 14, top: 12, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis",
      ...tooltip(palette),
      confine: true,
      axisPointer: { type: "line", lineStyle: { color: palette.dim, opacity: 0.5 }, animation: false },
      formatter: (items: unknown) => tooltipText(items as TooltipItem[], style.x),
    },
    xAxis: {
      type: style.x === "wall" ? "time" : style.logX ? "log" : "value",
      min: style.zoom?.from ?? (style.x === "wall" || style.logX ? undefined : "dataMin"),
      max: style.zoom?.to ?? (style.logX ? undefined : "dataMax"),
      ...axes(palette),
      splitLine: { show: false },
      axisLabel: {
        ...axes(palette).axisLabel,
        hideOverlap: true,
        // The ends of the data are rarely round numbers.
        showMinLabel: firstOf(lines) === 0,
        showMaxLabel: false,
        ...(style.x === "time" ? { formatter: (value: number) => durationText(value) } : {}),
        ...(style.x === "step" ? { formatter: (value: number) => stepText(value) } : {}),
      },
    },
    yAxis: {
      type: style.logY ? "log" : "value",
      scale: true,
      ...axes(palette),
      axisLabel: { ...axes(palette).axisLabel, formatter: (value: number) => figure(value) },
    },
    series: lines.flatMap((line) => seriesOf(line, style, bands, sparse)),
  };
}

const firstOf = (lines: Line[]): number => Math.min(...lines.map((line) => line.xs[0] ?? 0));

const stepText = (value: number): string =>
  Math.abs(value) >= 1e6 ? `${value / 1e6}M` : Math.abs(value) >= 10_000 ? `${value / 1000}k` : String(value);

function seriesOf({ run, points, xs }: Line, style: CurveStyle, bands: boolean, sparse: boolean): LineSeriesOption[] {
  const shown = (x: number, value: number | null) => [
    style.logX && x <= 0 ? null : x,
    value !== null && style.logY && value <= 0 ? null : value,
  ];
  const raw = points.map((point) => (typeof point.value === "number" ? point.value : null));
  const values = smooth(raw, style.smoothing);
  const lineStyle = { width: 1.7, color: run.color, type: run.dash };
  const main = {
    type: "line" as const,
    id: run.id,
    name: run.name,
    animation: false,
    showSymbol: sparse,
    symbolSize: 4,
    itemStyle: { color: run.color },
    lineStyle,
    emphasis: { focus: "series" as const, lineStyle: { width: 2.6 } },
    data: xs.map((x, index) => shown(x, values[index]!)),
    z: 3,
  };
  if (style.smoothing > 0) {
    const faint = { ...lineStyle, width: 1, opacity: 0.22 };
    const data = xs.map((x, index) => shown(x, raw[index]!));
    return [{ ...plain, id: `${run.id} raw`, lineStyle: faint, data, z: 2 }, main];
  }
  if (!bands || points.every((point) => point.count <= 1)) return [main];
  const band = { ...plain, stack: `${run.id} band`, lineStyle: { opacity: 0 }, z: 1 };
  const low = xs.map((x, index) => [x, points[index]!.min]);
  const high = xs.map((x, index) => [x, spread(points[index]!)]);
  return [
    { ...band, id: `${run.id} low`, stackStrategy: "all" as const, data: low },
    {
      ...band,
      id: `${run.id} high`,
      stackStrategy: "all" as const,
      data: high,
      areaStyle: { color: run.color, opacity: 0.16 },
    },
    main,
  ];
}

const spread = (point: { min: number | null; max: number | null }): number | null =>
  point.min === null || point.max === null ? null : point.max - point.min;

interface TooltipItem {
  seriesName: string;
  seriesId: string;
  color: string;
  data: [number | null, number | null];
}

/** Runs by value, the greatest first, as their lines stand. */
function tooltipText(items: TooltipItem[], x: XAxis): HTMLElement {
  const box = document.createElement("div");
  const at = items[0]?.data[0] ?? 0;
  const title = x === "step" ? `step ${count(at)}` : x === "time" ? durationText(at) : timeText(at);
  const head = document.createElement("div");
  head.textContent = title;
  head.style.opacity = "0.7";
  box.append(head);
  const rows = items.filter((item) => !item.seriesId.includes(" ") && item.data[1] !== null);
  for (const { seriesName, color, data } of rows.toSorted((a, b) => b.data[1]! - a.data[1]!).slice(0, mostInTooltip)) {
    const row = document.createElement("div");
    row.className = "ty-tip-row";
    const dot = document.createElement("i");
    dot.style.background = color;
    const name = document.createElement("span");
    name.textContent = seriesName;
    const value = document.createElement("b");
    value.textContent = figure(data[1]);
    row.append(dot, name, value);
    box.append(row);
  }
  if (rows.length > mostInTooltip) box.append(`and ${rows.length - mostInTooltip} more`);
  return box;
}
