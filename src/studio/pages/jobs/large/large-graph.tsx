import { useComputedColorScheme } from "@mantine/core";
import { type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import type { StepView } from "../../../../contract/job.ts";
import { State } from "../../../parts/state.tsx";
import { arrange } from "./arrange.ts";
import { cellAt, paint, type View, viewOfAll } from "./paint.ts";

interface LargeGraphProps {
  steps: StepView[];
  chosen: string | undefined;
  onChoose: (step: string | undefined) => void;
}

const closest = 120;

/**
 * Thousands of steps as cells in the colours of their states, in the order in which they run. The wheel zooms, dragging
 * moves; the step under the pointer shows its name and what it needs, a click chooses it.
 */
export function LargeGraph({ steps, chosen, onChoose }: LargeGraphProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [place, setPlace] = useState({ width: 0, height: 0 });
  const [moved, setMoved] = useState<View>();
  const [under, setUnder] = useState<string>();
  const drag = useRef<{ x: number; y: number; view: View; far: boolean }>(undefined);
  const scheme = useComputedColorScheme("light");
  const graph = JSON.stringify(steps.map(({ name, needs }) => ({ name, needs })));
  const aspect = place.height > 0 ? place.width / place.height : 1;
  const arrangement = useMemo(() => arrange(JSON.parse(graph), aspect), [graph, aspect]);
  const { places, names } = useMemo(
    () => ({
      places: new Map(arrangement.cells.map((cell) => [cell.name, cell])),
      names: new Map(arrangement.cells.map(({ name, x, y }) => [`${x} ${y}`, name])),
    }),
    [arrangement],
  );
  const byName = useMemo(() => new Map(steps.map((step) => [step.name, step])), [steps]);
  const view = moved ?? viewOfAll(arrangement, place);

  useEffect(() => {
    const element = canvas.current!;
    const observer = new ResizeObserver(() => setPlace({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    const element = canvas.current!;
    element.width = place.width * window.devicePixelRatio;
    element.height = place.height * window.devicePixelRatio;
    element.dataset.scheme = scheme;
    paint(element, { arrangement, steps: byName, places, shown: under ?? chosen, chosen }, view);
  });

  // React listens to the wheel passively, where the page could not be kept from scrolling.
  useEffect(() => {
    const element = canvas.current!;
    const zoom = (event: WheelEvent) => {
      event.preventDefault();
      setMoved((before) => {
        const now = before ?? viewOfAll(arrangement, { width: element.clientWidth, height: element.clientHeight });
        const scale = Math.min(Math.max(now.scale * 1.0015 ** -event.deltaY, 1), closest);
        const ratio = scale / now.scale;
        const { offsetX, offsetY } = event;
        return { scale, left: offsetX - (offsetX - now.left) * ratio, top: offsetY - (offsetY - now.top) * ratio };
      });
    };
    element.addEventListener("wheel", zoom, { passive: false });
    return () => element.removeEventListener("wheel", zoom);
  }, [arrangement]);

  const nameAt = ({ nativeEvent }: PointerEvent) => {
    const { x, y } = cellAt(nativeEvent.offsetX, nativeEvent.offsetY, view);
    return names.get(`${x} ${y}`);
  };
  const move = (event: PointerEvent) => {
    const from = drag.current;
    if (!from) return setUnder(nameAt(event));
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    from.far ||= Math.hypot(dx, dy) > 4;
    if (from.far) setMoved({ ...from.view, left: from.view.left + dx, top: from.view.top + dy });
  };
  const release = (event: PointerEvent) => {
    const wasDragged = drag.current?.far;
    drag.current = undefined;
    const name = nameAt(event);
    if (!wasDragged) onChoose(name === chosen ? undefined : name);
  };
  const pointed = byName.get(under ?? chosen ?? "");
  return (
    <div className="ty-large">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${steps.length} steps: ${countsOf(steps)
          .map(([state, count]) => `${count} ${state}`)
          .join(", ")}`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { x: event.clientX, y: event.clientY, view, far: false };
        }}
        onPointerMove={move}
        onPointerUp={release}
        onPointerLeave={() => setUnder(undefined)}
      />
      <div className="ty-large-legend">
        {countsOf(steps).map(([state, count]) => (
          <State key={state} value={state} label={`${count} ${state}`} />
        ))}
        {moved && (
          <button type="button" className="ty-plain ty-link" onClick={() => setMoved(undefined)}>
            Show all
          </button>
        )}
        <span className="ty-large-name">{pointed ? `${pointed.displayName}: ${pointed.state}` : null}</span>
      </div>
    </div>
  );
}

const countsOf = (steps: StepView[]): [string, number][] =>
  [...Map.groupBy(steps, ({ state }) => state)].map(([state, own]) => [state, own.length]);
