// biome-ignore-all lint/a11y/useFocusableInteractive: the grid takes the keyboard as a whole
// biome-ignore-all lint/a11y/useSemanticElements: rows are placed one by one, which a <table> does not allow
import { Menu } from "@mantine/core";
import {
  IconArrowDown,
  IconArrowLeft,
  IconArrowRight,
  IconArrowUp,
  IconDots,
  IconEyeOff,
  IconPin,
  IconPinnedOff,
  IconTrophy,
} from "@tabler/icons-react";
import type { CSSProperties } from "react";
import { labelOf, type RunColumn } from "./column.ts";
import { type Direction, directionsText, type TableState } from "./state.ts";

/** Pinned columns stand one beside the other at the left edge, after the check boxes. */
export function cellStyle(columns: RunColumn[], at: number, pinned: number): CSSProperties {
  const { width } = columns[at]!;
  if (at >= pinned) return { width };
  return { width, left: 36 + columns.slice(0, at).reduce((sum, column) => sum + column.width, 0) };
}

interface GridHeadProps {
  columns: RunColumn[];
  pinned: number;
  width: number;
  state: TableState;
  onColumns(columns: RunColumn[]): void;
}

export function GridHead({ columns, pinned, width, state, onColumns }: GridHeadProps) {
  return (
    <div className="ty-grid-head" role="row" aria-rowindex={1} style={{ width }}>
      <div className="ty-grid-cell ty-grid-check" role="columnheader" style={{ width: 36, left: 0 }}>
        <span className="ty-hidden">Selected</span>
      </div>
      {columns.map((column, at) => {
        const sorted = state.sort?.order === column.order ? state.sort : null;
        return (
          <div
            key={column.id}
            role="columnheader"
            aria-colindex={at + 2}
            aria-sort={sorted ? (sorted.descending ? "descending" : "ascending") : undefined}
            className="ty-grid-cell"
            data-align={column.kind === "metrics" || column.id === "duration" ? "right" : undefined}
            data-pinned={at < pinned || undefined}
            style={cellStyle(columns, at, pinned)}
          >
            <HeadButton column={column} state={state} />
            <ColumnMenu column={column} at={at} columns={columns} pinned={pinned} state={state} onColumns={onColumns} />
          </div>
        );
      })}
    </div>
  );
}

function HeadButton({ column, state }: { column: RunColumn; state: TableState }) {
  const label = labelOf(column);
  const title = column.kind === "attribute" ? label : `${column.kind.slice(0, -1)} ${label}`;
  const { sort } = state;
  if (!column.order) return <span title={title}>{label}</span>;
  const sorted = sort?.order === column.order ? sort : null;
  // The first click on a metric shows its best values first, on anything else the greatest or latest.
  const first = state.best.get(column.id) === "min" ? "ASC" : "DESC";
  const second = first === "ASC" ? "DESC" : "ASC";
  const is = sorted && (sorted.descending ? "DESC" : "ASC");
  const next = is === null ? first : is === first ? second : null;
  const Arrow = sorted?.descending ? IconArrowDown : IconArrowUp;
  return (
    <button
      type="button"
      className="ty-grid-sort"
      title={title}
      onClick={() => state.set({ sort: next ? `${column.order} ${next}` : undefined })}
    >
      {state.best.has(column.id) && <IconTrophy size={11} aria-label={`${state.best.get(column.id)} is best`} />}
      <span>{label}</span>
      {sorted && <Arrow size={12} aria-hidden />}
    </button>
  );
}

interface ColumnMenuProps extends Omit<GridHeadProps, "width"> {
  column: RunColumn;
  at: number;
}

function ColumnMenu({ column, at, columns, pinned, state, onColumns }: ColumnMenuProps) {
  if (column.id === "name") return null;
  const isPinned = at < pinned;
  const pins = columns.slice(1, pinned).map(({ id }) => id);
  const move = (by: number) => {
    const others = columns.filter((other) => other !== column);
    others.splice(at + by, 0, column);
    onColumns(others);
  };
  const prefer = (direction: Direction | null) => {
    const best = new Map(state.best);
    if (direction) best.set(column.id, direction);
    else best.delete(column.id);
    state.set({ best: directionsText(best) });
  };
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <button type="button" className="ty-grid-menu" aria-label={`Column ${labelOf(column)}`}>
          <IconDots size={13} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {column.kind === "metrics" && (
          <>
            <Menu.Label>Best value</Menu.Label>
            {(["min", "max"] as const).map((direction) => (
              <Menu.Item
                key={direction}
                className="ty-menu-choice"
                aria-current={state.best.get(column.id) === direction}
                leftSection={direction === "min" ? <IconArrowDown size={14} /> : <IconArrowUp size={14} />}
                onClick={() => prefer(state.best.get(column.id) === direction ? null : direction)}
              >
                {direction === "min" ? "The least" : "The greatest"}
              </Menu.Item>
            ))}
            <Menu.Divider />
          </>
        )}
        <Menu.Item
          leftSection={isPinned ? <IconPinnedOff size={14} /> : <IconPin size={14} />}
          onClick={() =>
            state.set({
              pin: (isPinned ? pins.filter((id) => id !== column.id) : [...pins, column.id]).join(",") || undefined,
            })
          }
        >
          {isPinned ? "Let it scroll" : "Keep in view"}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconArrowLeft size={14} />}
          disabled={at <= 1 || at === pinned}
          onClick={() => move(-1)}
        >
          Move left
        </Menu.Item>
        <Menu.Item
          leftSection={<IconArrowRight size={14} />}
          disabled={at === columns.length - 1}
          onClick={() => move(1)}
        >
          Move right
        </Menu.Item>
        <Menu.Item
          leftSection={<IconEyeOff size={14} />}
          onClick={() => onColumns(columns.filter((other) => other !== column))}
        >
          Hide
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
