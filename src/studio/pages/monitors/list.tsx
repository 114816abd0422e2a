import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { z } from "zod";
import type { monitorSchema } from "../../../contract/monitor.ts";
import { query, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Page } from "../../parts/page.tsx";
import { Subject } from "../../parts/subject.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { Verdict } from "./verdict.tsx";

type Monitor = z.output<typeof monitorSchema>;

const columns: Column<Monitor>[] = [
  {
    id: "verdict",
    header: "Verdict",
    width: 130,
    sort: (row) => row.lastRun?.verdict,
    cell: (row) => <Verdict run={row.lastRun} />,
  },
  {
    id: "name",
    header: "Monitor",
    sort: (row) => row.name,
    cell: (row) => (
      <Link to="/monitors/$name" params={{ name: row.name }} className="ty-cover">
        {row.name}
        {row.lastRun?.message && <span className="ty-cell-note">{row.lastRun.message}</span>}
      </Link>
    ),
  },
  {
    id: "endpoint",
    header: "Watches",
    sort: (row) => row.definition.endpoint,
    cell: (row) => <Subject path={`endpoint/${row.definition.endpoint}`}>{row.definition.endpoint}</Subject>,
  },
  {
    id: "reference",
    header: "Compared with",
    cell: (row) => {
      const { name, version } = row.definition.referenceData;
      return (
        <Subject path={version === "latest" ? `data/${name}` : `data/${name}/${version}`}>
          {name} {version}
        </Subject>
      );
    },
  },
  { id: "last", header: "Last run", align: "right", cell: (row) => <Ago at={row.lastRun?.startedAt ?? null} /> },
  {
    id: "next",
    header: "Next run",
    align: "right",
    cell: (row) => (row.nextRunAt === null ? <span className="ty-dim">when asked</span> : <Ago at={row.nextRunAt} />),
  },
];

export function MonitorsPage() {
  const params = { workspace: useWorkspace() };
  const monitors = useQuery({ ...query("monitor", "list", { params }), refetchInterval: 15_000 });
  return (
    <Page title="Monitors">
      <Loaded query={monitors}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No monitors yet" commands={["trainyard monitor create -f monitor.yml"]}>
              A monitor compares what an endpoint is asked in production with the data its model was trained on, and can
              start a retraining when they drift apart.
            </Empty>
          ) : (
            <div className="ty-section">
              <DataTable label="Monitors" rows={items} columns={columns} rowKey={(row) => row.name} />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
