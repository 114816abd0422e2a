// biome-ignore-all lint/a11y/useSemanticElements: rows are placed one by one, which a <table> does not allow
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";
import type { Run } from "../../../../contract/run.ts";
import { useWorkspace } from "../../../api.ts";
import { ProblemBox } from "../../../parts/problem.tsx";
import type { RunColumn } from "./column.ts";
import { GridHead } from "./grid-head.tsx";
import { GridLine } from "./grid-line.tsx";
import { useNested } from "./nested.ts";
import type { Selection } from "./selection.ts";
import type { TableState } from "./state.ts";
import { useBest } from "./use-best.ts";
import { type RunQuery, useRunWindow } from "./window.ts";

const rowHeight = 30;
const overscan = 10;

interface RunGridProps {
  query: RunQuery;
  columns: RunColumn[];
  pinned: number;
  state: TableState;
  selection: Selection;
  onColumns(columns: RunColumn[]): void;
  /** The runs that are on the screen now. */
  onVisible(runs: Run[]): void;
}

/** The table itself: only the rows on the screen exist, only the pages around them are in memory. */
export function RunGrid({ query, columns, pinned, state, selection, onColumns, onVisible }: RunGridProps) {
  const box = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ top: 0, height: 600 });
  const [active, setActive] = useState(0);
  const navigate = useNavigate();
  const workspace = useWorkspace();
  const key = JSON.stringify(query);

  const first = Math.max(0, Math.floor(place.top / rowHeight) - overscan);
  const last = Math.ceil((place.top + place.height) / rowHeight) + overscan;
  const window = useRunWindow(query, first, last);
  const onScreen: Run[] = [];
  for (let index = first; index < last; index++) {
    const run = window.rowAt(index);
    if (run) onScreen.push(run);
  }
  const rows = useNested(
    window,
    query,
    state.nested,
    onScreen.map((run) => run.id),
  );
  const best = useBest(query, state.best);

  useLayoutEffect(() => {
    const element = box.current!;
    const measure = () => setPlace((now) => ({ ...now, height: element.clientHeight }));
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another query starts at its top
  useLayoutEffect(() => {
    box.current!.scrollTop = 0;
    setActive(0);
  }, [key]);
  const names = onScreen.map((run) => run.id).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `names` stands for the runs
  useLayoutEffect(() => onVisible(onScreen), [names]);

  const shownFrom = Math.min(first, rows.length);
  const shown = Array.from({ length: Math.max(0, Math.min(last, rows.length) - shownFrom) }, (_, at) => shownFrom + at);

  const goTo = (index: number) => {
    const next = Math.max(0, Math.min(index, rows.length - 1));
    setActive(next);
    const element = box.current!;
    const top = next * rowHeight;
    const room = element.clientHeight - 34 - rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top > element.scrollTop + room) element.scrollTop = top - room;
  };
  const open = (run: Run) =>
    void navigate({ to: "/runs/$id", params: { id: run.id }, search: { workspace: workspace as string | undefined } });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== box.current) return;
    const page = Math.floor(place.height / rowHeight) - 2;
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1,
    };
    const { run } = rows.rowAt(active);
    if (event.key in steps) goTo(steps[event.key]!);
    else if (event.key === "Enter" && run) open(run);
    else if (event.key === " " && run) selection.toggle(run, event.shiftKey ? rangeTo(active) : undefined);
    else if (event.key === "ArrowRight" && run && !rows.isOpen(run.id) && rows.childrenOf(run.id) > 0)
      rows.toggle(run.id, active);
    else if (event.key === "ArrowLeft" && run && rows.isOpen(run.id)) rows.toggle(run.id, active);
    else return;
    event.preventDefault();
  };
  // Rows are drawn rarely, so what they call is looked up when it is called.
  const now = useRef({ rows, shown });
  now.current = { rows, shown };
  /** The runs between the one chosen last and this one, as far as they are on the screen. */
  const rangeTo = (index: number): Run[] => {
    const { rows, shown } = now.current;
    const anchor = selection.anchor.current;
    const at = shown.find((row) => rows.rowAt(row).run?.id === anchor);
    if (at === undefined) return [];
    const [from, to] = [Math.min(at, index), Math.max(at, index)];
    return Array.from({ length: to - from + 1 }, (_, step) => rows.rowAt(from + step).run).filter((run) => !!run);
  };

  if (window.error) return <ProblemBox error={window.error} />;
  const width = columns.reduce((sum, column) => sum + column.width, 0) + 36;
  return (
    <div
      ref={box}
      className="ty-grid"
      role="grid"
      aria-label="Runs"
      aria-rowcount={window.complete ? rows.length + 1 : -1}
      aria-colcount={columns.length + 1}
      aria-multiselectable
      aria-activedescendant={rows.rowAt(active).run ? `run-row-${active}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onScroll={(event) => {
        const { scrollTop, clientHeight } = event.currentTarget;
        setPlace({ top: scrollTop, height: clientHeight });
      }}
    >
      <GridHead columns={columns} pinned={pinned} width={width} state={state} onColumns={onColumns} />
      <div className="ty-grid-body" role="presentation" style={{ height: rows.length * rowHeight, width }}>
        {shown.map((index) => {
          const { run, depth } = rows.rowAt(index);
          return (
            <GridLine
              key={index}
              index={index}
              top={index * rowHeight}
              run={run}
              depth={depth}
              columns={columns}
              pinned={pinned}
              active={index === active}
              selected={run !== undefined && selection.has(run.id)}
              childCount={run ? rows.childrenOf(run.id) : 0}
              open={run !== undefined && rows.isOpen(run.id)}
              best={best}
              onSelect={(shift) => {
                if (!run) return;
                setActive(index);
                selection.toggle(run, shift ? rangeTo(index) : undefined);
              }}
              onToggle={() => run && now.current.rows.toggle(run.id, index)}
            />
          );
        })}
      </div>
      {window.complete && rows.length === 0 && <p className="ty-grid-none">No run fits.</p>}
    </div>
  );
}
