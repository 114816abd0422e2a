// biome-ignore-all lint/a11y/useFocusableInteractive: the grid takes the keyboard as a whole
// biome-ignore-all lint/a11y/useSemanticElements: rows are placed one by one, which a <table> does not allow
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { Run } from "../../../../contract/run.ts";
import { metric } from "../../../parts/number.ts";
import { State, Tag } from "../../../parts/state.tsx";
import { Ago, Duration } from "../../../parts/time.tsx";
import type { RunColumn } from "./column.ts";
import { cellStyle } from "./grid-head.tsx";

interface GridLineProps {
  index: number;
  top: number;
  /** Undefined while its page is on the way. */
  run: Run | undefined;
  depth: number;
  columns: RunColumn[];
  pinned: number;
  active: boolean;
  selected: boolean;
  childCount: number;
  open: boolean;
  best: ReadonlyMap<string, number>;
  onSelect(shift: boolean): void;
  onToggle(): void;
}

/** One row. It is drawn again only when something of it changed, not with every step of scrolling. */
export const GridLine = memo(
  function GridLine(props: GridLineProps) {
    const { index, top, run, columns, pinned, active, selected, best } = props;
    return (
      <div
        id={`run-row-${index}`}
        role="row"
        aria-rowindex={index + 2}
        aria-selected={selected}
        className="ty-grid-row"
        data-active={active || undefined}
        style={{ transform: `translateY(${top}px)` }}
      >
        <div className="ty-grid-cell ty-grid-check" role="gridcell" style={{ width: 36, left: 0 }}>
          <input
            type="checkbox"
            tabIndex={-1}
            checked={selected}
            disabled={!run}
            aria-label={`Select ${run?.name ?? "run"}`}
            onClick={(event) => props.onSelect(event.shiftKey)}
            onChange={() => undefined}
          />
        </div>
        {columns.map((column, at) => (
          <div
            key={column.id}
            role="gridcell"
            aria-colindex={at + 2}
            className="ty-grid-cell"
            data-align={column.kind === "metrics" || column.id === "duration" ? "right" : undefined}
            data-pinned={at < pinned || undefined}
            data-best={(run && best.has(column.id) && best.get(column.id) === run.metrics[column.key]) || undefined}
            style={cellStyle(columns, at, pinned)}
          >
            {run ? <Cell {...props} run={run} column={column} /> : <span className="ty-grid-wait" />}
          </div>
        ))}
      </div>
    );
  },
  (before, after) =>
    before.run === after.run &&
    before.index === after.index &&
    before.top === after.top &&
    before.columns === after.columns &&
    before.pinned === after.pinned &&
    before.active === after.active &&
    before.selected === after.selected &&
    before.childCount === after.childCount &&
    before.open === after.open &&
    before.depth === after.depth &&
    before.best === after.best,
);

function Cell({ run, column, depth, childCount, open, onToggle }: GridLineProps & { run: Run; column: RunColumn }) {
  if (column.kind === "metrics") return metric(run.metrics[column.key]);
  if (column.kind === "params") return <Text value={run.params[column.key]} />;
  if (column.kind === "tags") return <Text value={run.tags[column.key]} />;
  switch (column.key) {
    case "name":
      return (
        <span className="ty-grid-name" style={{ paddingLeft: depth * 18 }}>
          {childCount > 0 && (
            <button
              type="button"
              tabIndex={-1}
              aria-expanded={open}
              aria-label={`${childCount} child runs`}
              onClick={onToggle}
            >
              {open ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
            </button>
          )}
          <Link to="/runs/$id" params={{ id: run.id }} tabIndex={-1} preload={false} title={run.name}>
            {run.name}
          </Link>
          {childCount > 0 && <span className="ty-dim ty-num">{childCount}</span>}
          {run.lifecycleStage === "deleted" && <Tag>deleted</Tag>}
        </span>
      );
    case "state":
      return <State value={run.state} />;
    case "started":
      return <Ago at={run.startedAt} />;
    case "duration":
      return <Duration from={run.startedAt} to={run.endedAt} live={run.state === "RUNNING"} />;
    case "user":
      return run.user;
    default:
      return <code>{run.id}</code>;
  }
}

const Text = ({ value }: { value: string | undefined }) =>
  value === undefined ? <span className="ty-dim">–</span> : <span title={value}>{value}</span>;
