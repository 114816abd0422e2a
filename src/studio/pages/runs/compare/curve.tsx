import type { ECharts } from "echarts/core";
import { type PointerEvent, useCallback, useRef, useState } from "react";
import { Chart } from "../../../parts/chart.tsx";
import type { Palette } from "../../../parts/chart-style.ts";
import { count, figure, plural } from "../../../parts/number.ts";
import { Section } from "../../../parts/page.tsx";
import { ProblemBox } from "../../../parts/problem.tsx";
import { type CurveStyle, curveOption } from "./curve-option.ts";
import type { ComparedRun } from "./use-compare.ts";
import { type Line, useHistories, type Zoom } from "./use-histories.ts";

interface CurveProps extends CurveStyle {
  metric: string;
  runs: ComparedRun[];
  moving: boolean;
  height?: number;
  onZoom(zoom: Zoom | null): void;
  /** Nothing for a metric that was logged once. */
  onlyCurves?: boolean;
}

/** The curves of one metric. Dragging over them zooms; a double click shows everything again. */
export function Curve({ metric, runs, moving, height = 240, onZoom, onlyCurves, ...style }: CurveProps) {
  const { x, smoothing, logX, logY, zoom } = style;
  const { lines, state, pending, error } = useHistories(runs, metric, x, zoom, moving);
  const from = zoom?.from;
  const to = zoom?.to;
  const names = runs.map((run) => run.id).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `state` and `names` stand for the lines
  const build = useCallback(
    (palette: Palette) => curveOption(palette, lines, { x, smoothing, logX, logY, zoom }),
    [state, names, x, smoothing, logX, logY, from, to],
  );
  const logged = lines.reduce((sum, line) => sum + line.count, 0);
  const drawn = lines.reduce((sum, line) => sum + line.points.length, 0);
  const single = zoom === null && lines.length > 0 && lines.every((line) => line.count === 1);
  if (onlyCurves && (single || (pending && lines.length === 0))) return null;
  return (
    <Section
      title={metric}
      aside={
        drawn < logged ? (
          <span className="ty-dim ty-num" title={`${count(drawn)} points drawn`}>
            {plural(logged, "point")}
          </span>
        ) : undefined
      }
    >
      {error && <ProblemBox error={error} />}
      {!error && !pending && lines.length === 0 && <p className="ty-quiet">None of these runs has points here.</p>}
      {single ? (
        <Bars lines={lines} />
      ) : (
        lines.length > 0 && (
          <Zoomable onZoom={onZoom}>
            {(onChart) => (
              <Chart
                build={build}
                height={height}
                renderer="canvas"
                onChart={onChart}
                label={`${metric} of ${plural(lines.length, "run")} by ${x === "step" ? "step" : "time"}`}
              />
            )}
          </Zoomable>
        )
      )}
    </Section>
  );
}

/** A metric that was logged once is a figure, not a curve. */
function Bars({ lines }: { lines: Line[] }) {
  const values = lines.map(({ run, points }) => ({ run, value: Number(points[0]!.value) }));
  const top = Math.max(...values.map(({ value }) => Math.abs(value)), 1e-300);
  return (
    <ul className="ty-bars">
      {values.map(({ run, value }) => (
        <li key={run.id}>
          <span title={run.name}>{run.name}</span>
          <i style={{ width: `${(Math.abs(value) / top) * 100}%`, background: run.color }} />
          <b>{figure(value)}</b>
        </li>
      ))}
    </ul>
  );
}

interface ZoomableProps {
  children(onChart: (chart: ECharts | undefined) => void): React.ReactNode;
  onZoom(zoom: Zoom | null): void;
}

const shortestDrag = 6;

function Zoomable({ children, onZoom }: ZoomableProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts>(undefined);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const onChart = useCallback((made: ECharts | undefined) => {
    chart.current = made;
  }, []);
  const placeOf = (event: PointerEvent) => event.clientX - box.current!.getBoundingClientRect().left;
  const valueAt = (pixel: number) => Number(chart.current!.convertFromPixel({ xAxisIndex: 0 }, pixel));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the address holds the stretch, which can be written there too
    <div
      ref={box}
      className="ty-zoom"
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: placeOf(event), to: placeOf(event) });
      }}
      onPointerMove={(event) => drag && setDrag({ ...drag, to: placeOf(event) })}
      onPointerUp={() => {
        setDrag(null);
        if (!drag || !chart.current || Math.abs(drag.to - drag.from) < shortestDrag) return;
        const ends = [valueAt(drag.from), valueAt(drag.to)].toSorted((a, b) => a - b) as [number, number];
        if (ends.every(Number.isFinite)) onZoom({ from: Math.floor(ends[0]), to: Math.ceil(ends[1]) });
      }}
      onPointerCancel={() => setDrag(null)}
      onDoubleClick={() => onZoom(null)}
    >
      {children(onChart)}
      {drag && (
        <div
          className="ty-zoom-box"
          style={{ left: Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }}
        />
      )}
    </div>
  );
}
