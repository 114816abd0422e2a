import type { Profile } from "../../../contract/data.ts";
import { Histogram } from "../../parts/histogram.tsx";
import { count, figure, percent } from "../../parts/number.ts";
import { type Column, DataTable } from "../../parts/table.tsx";

type ColumnProfile = Profile["columns"][number];

/** Share of rows without a value. */
const missingShare = (column: ColumnProfile) => {
  const all = column.count + column.missing;
  return all === 0 ? 0 : column.missing / all;
};

const columns: Column<ColumnProfile>[] = [
  {
    id: "name",
    header: "Column",
    sort: (row) => row.name,
    cell: (row) => <code className="ty-strong">{row.name}</code>,
  },
  { id: "type", header: "Type", sort: (row) => row.type, cell: (row) => <span className="ty-dim">{row.type}</span> },
  { id: "distribution", header: "Distribution", cell: (row) => <Distribution column={row} /> },
  {
    id: "missing",
    header: "Missing",
    align: "right",
    sort: (row) => row.missing,
    cell: (row) =>
      row.missing === 0 ? (
        <span className="ty-dim">0</span>
      ) : (
        <span className="ty-bad" title={`${count(row.missing)} rows`}>
          {percent(missingShare(row))}
        </span>
      ),
  },
  {
    id: "distinct",
    header: "Distinct",
    align: "right",
    sort: (row) => row.distinct,
    cell: (row) => count(row.distinct),
  },
  { id: "mean", header: "Mean", align: "right", sort: (row) => row.mean, cell: (row) => figure(row.mean) },
  { id: "stddev", header: "Std dev", align: "right", sort: (row) => row.stddev, cell: (row) => figure(row.stddev) },
  { id: "min", header: "Min", align: "right", cell: (row) => figure(row.min) },
  { id: "q25", header: "25%", align: "right", cell: (row) => figure(row.q25) },
  { id: "median", header: "Median", align: "right", cell: (row) => figure(row.median) },
  { id: "q75", header: "75%", align: "right", cell: (row) => figure(row.q75) },
  { id: "max", header: "Max", align: "right", cell: (row) => figure(row.max) },
];

function Distribution({ column }: { column: ColumnProfile }) {
  if (column.histogram) {
    const { edges, counts } = column.histogram;
    return (
      <Histogram
        counts={counts}
        label={`Histogram of ${column.name} from ${figure(edges[0])} to ${figure(edges.at(-1))}`}
      />
    );
  }
  if (!column.top) return <span className="ty-dim">–</span>;
  return (
    <span className="ty-top" title={column.top.map((entry) => `${entry.value}: ${count(entry.count)}`).join("\n")}>
      {column.top
        .slice(0, 3)
        .map((entry) => `${entry.value} ${percent(entry.count / Math.max(column.count, 1))}`)
        .join(" · ")}
    </span>
  );
}

export const ProfileTable = ({ profile }: { profile: Profile }) => (
  <DataTable label="Profile" rows={profile.columns} columns={columns} rowKey={(row) => row.name} />
);
