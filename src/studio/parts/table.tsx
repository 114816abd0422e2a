import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import {
  type ColumnDef,
  createSortedRowModel,
  rowSortingFeature,
  sortFn_alphanumeric,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { type ReactNode, useMemo } from "react";
import { Scroll } from "./scroll.tsx";

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric },
});

export interface Column<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** What to sort by; without it the column cannot be sorted. */
  sort?: (row: T) => string | number | null | undefined;
  align?: "right";
  width?: number | string;
}

interface DataTableProps<T> {
  label: string;
  rows: readonly T[];
  columns: Column<T>[];
  rowKey: (row: T) => string;
  selected?: (row: T) => boolean;
}

/** A dense table. Headers sort; numbers are tabular and right-aligned. */
export function DataTable<T extends object>({ label, rows, columns, rowKey, selected }: DataTableProps<T>) {
  const definitions = useMemo(
    () =>
      columns.map(
        (column): ColumnDef<typeof features, T> => ({
          id: column.id,
          header: column.header,
          accessorFn: (row) => column.sort?.(row) ?? undefined,
          enableSorting: column.sort !== undefined,
          sortUndefined: "last",
        }),
      ),
    [columns],
  );
  const table = useTable({ features, columns: definitions, data: rows as T[], getRowId: rowKey });
  const byId = new Map(columns.map((column) => [column.id, column]));
  return (
    <Scroll className="ty-table-wrap" label={label}>
      <table className="ty-table" aria-label={label}>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => {
                const column = byId.get(header.column.id)!;
                const sorted = header.column.getIsSorted();
                return (
                  <th
                    key={header.id}
                    scope="col"
                    data-align={column.align}
                    style={{ width: column.width }}
                    aria-sort={sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : undefined}
                  >
                    {column.sort ? (
                      <button type="button" onClick={header.column.getToggleSortingHandler()}>
                        {column.header}
                        {sorted === "asc" && <IconArrowUp size={12} aria-hidden />}
                        {sorted === "desc" && <IconArrowDown size={12} aria-hidden />}
                      </button>
                    ) : (
                      column.header
                    )}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id} data-selected={selected?.(row.original) || undefined}>
              {columns.map((column) => (
                <td key={column.id} data-align={column.align}>
                  {column.cell(row.original)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
