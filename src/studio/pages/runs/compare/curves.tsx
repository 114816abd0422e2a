import { Button, Checkbox, MultiSelect, SegmentedControl, Slider } from "@mantine/core";
import { columnId, splitIds } from "../table/column.ts";
import { Curve } from "./curve.tsx";
import { type ComparedRun, type Comparison, commonKeys } from "./use-compare.ts";
import type { XAxis, Zoom } from "./use-histories.ts";

const chartsAtFirst = 6;

const quoted = (key: string) => columnId("metrics", key).slice("metrics.".length);
const unquoted = (key: string) => (/^`[^`]*`$/.test(key) ? key.slice(1, -1) : key);

export function zoomOf(text: string | undefined): Zoom | null {
  const [from, to] = (text ?? "").split("~").map(Number);
  return text && Number.isFinite(from) && Number.isFinite(to) && from! < to! ? { from: from!, to: to! } : null;
}

/** Metrics over time as small multiples that share their axis, zoom and smoothing. */
export function Curves({ runs, search, set }: Comparison & { runs: ComparedRun[] }) {
  const keys = commonKeys(runs, (run) => run.metrics);
  const metrics = search.metrics ? splitIds(search.metrics).map(unquoted) : keys.slice(0, chartsAtFirst);
  const x: XAxis = search.x === "time" || search.x === "wall" ? search.x : "step";
  const smoothing = Math.min(Math.max(Number(search.smooth) || 0, 0), 0.99);
  const log = search.log ?? "";
  const zoom = zoomOf(search.zoom);
  const setLog = (axis: "x" | "y", on: boolean) => {
    const axes = ["x", "y"].filter((one) => (one === axis ? on : log.includes(one)));
    set({ log: axes.join("") || undefined });
  };
  return (
    <>
      <div className="ty-controls">
        <SegmentedControl
          size="xs"
          aria-label="Horizontal axis"
          data={[
            { value: "step", label: "Step" },
            { value: "time", label: "Relative time" },
            { value: "wall", label: "Wall clock" },
          ]}
          value={x}
          onChange={(value) => set({ x: value === "step" ? undefined : value, zoom: undefined })}
        />
        <div className="ty-slider">
          <span>Smoothing</span>
          <Slider
            size="sm"
            w={130}
            min={0}
            max={0.99}
            step={0.01}
            label={(value) => value.toFixed(2)}
            thumbProps={{ "aria-label": "Smoothing" }}
            value={smoothing}
            onChange={(value) => set({ smooth: value > 0 ? value.toFixed(2) : undefined })}
          />
        </div>
        <Checkbox
          size="xs"
          label="log x"
          disabled={x === "wall"}
          checked={log.includes("x") && x !== "wall"}
          onChange={(event) => setLog("x", event.currentTarget.checked)}
        />
        <Checkbox
          size="xs"
          label="log y"
          checked={log.includes("y")}
          onChange={(event) => setLog("y", event.currentTarget.checked)}
        />
        {zoom && (
          <Button variant="default" onClick={() => set({ zoom: undefined })}>
            Show everything
          </Button>
        )}
        <MultiSelect
          size="xs"
          className="ty-grow"
          aria-label="Metrics"
          placeholder="Add a metric"
          searchable
          data={keys}
          value={metrics}
          limit={100}
          onChange={(values) => set({ metrics: values.map(quoted).join(",") || undefined })}
        />
      </div>
      <div className={metrics.length > 1 ? "ty-charts ty-charts-wide" : "ty-charts ty-charts-one"}>
        {metrics.map((metric) => (
          <Curve
            key={metric}
            metric={metric}
            runs={runs}
            moving={runs.some((run) => run.state === "RUNNING")}
            height={metrics.length > 1 ? 250 : 460}
            x={x}
            smoothing={smoothing}
            logX={log.includes("x") && x !== "wall"}
            logY={log.includes("y")}
            zoom={zoom}
            onZoom={(next) => set({ zoom: next ? `${next.from}~${next.to}` : undefined })}
          />
        ))}
      </div>
    </>
  );
}
