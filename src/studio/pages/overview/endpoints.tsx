import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { query, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { count, milliseconds } from "../../parts/number.ts";
import { type Column, DataTable } from "../../parts/table.tsx";
import { useRate } from "../endpoints/rate.ts";

interface Row {
  name: string;
  requests: number | null;
  errors: number;
  p50: number | null;
  p99: number | null;
}

const columns: Column<Row>[] = [
  {
    id: "name",
    header: "Endpoint",
    cell: (row) => (
      <Link to="/endpoints/$name" params={{ name: row.name }} className="ty-cover">
        {row.name}
      </Link>
    ),
  },
  { id: "rate", header: "Req/s", align: "right", cell: (row) => <Rate name={row.name} requests={row.requests} /> },
  {
    id: "requests",
    header: "Requests",
    align: "right",
    cell: (row) => (
      <>
        {row.requests === null ? "–" : count(row.requests)}
        {row.errors > 0 && <span className="ty-bad"> {count(row.errors)} failed</span>}
      </>
    ),
  },
  { id: "p50", header: "p50", align: "right", cell: (row) => milliseconds(row.p50) },
  { id: "p99", header: "p99", align: "right", cell: (row) => milliseconds(row.p99) },
];

function Rate({ name, requests }: { name: string; requests: number | null }) {
  const rate = useRate(name, requests);
  return rate === null ? <span className="ty-dim">–</span> : rate.toFixed(rate < 10 ? 1 : 0);
}

export function EndpointFigures() {
  const workspace = useWorkspace();
  const endpoints = useQuery(query("endpoint", "list", { params: { workspace } }));
  const names = endpoints.data?.items.map(({ name }) => name) ?? [];
  const details = useQueries({
    queries: names.map((name) => ({
      ...query("endpoint", "get", { params: { workspace, name } }),
      refetchInterval: 5000,
    })),
  });
  const rows = names.map((name, index): Row => {
    const found = details[index]?.data;
    return {
      name,
      requests: found?.requests ?? null,
      errors: found?.errors ?? 0,
      p50: found?.p50 ?? null,
      p99: found?.p99 ?? null,
    };
  });
  return (
    <Loaded query={endpoints}>
      {() =>
        rows.length === 0 ? (
          <Empty title="No endpoints yet">The first release to a stage makes the stage's endpoint.</Empty>
        ) : (
          <DataTable label="Endpoints" rows={rows} columns={columns} rowKey={(row) => row.name} />
        )
      }
    </Loaded>
  );
}
