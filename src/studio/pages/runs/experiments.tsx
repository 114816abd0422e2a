import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { z } from "zod";
import type { experimentSchema } from "../../../contract/run.ts";
import { query, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { count } from "../../parts/number.ts";
import { Page } from "../../parts/page.tsx";
import { Tag } from "../../parts/state.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";

type Experiment = z.output<typeof experimentSchema>;

const columns: Column<Experiment>[] = [
  {
    id: "name",
    header: "Experiment",
    sort: (row) => row.name,
    cell: (row) => (
      <>
        <Link to="/experiments/$id" params={{ id: row.id }} className="ty-cover">
          {row.name}
        </Link>{" "}
        {row.lifecycleStage === "deleted" && <Tag>deleted</Tag>}
      </>
    ),
  },
  { id: "runs", header: "Runs", align: "right", sort: (row) => row.runs, cell: (row) => count(row.runs) },
  {
    id: "updated",
    header: "Updated",
    align: "right",
    sort: (row) => row.updatedAt,
    cell: (row) => <Ago at={row.updatedAt} />,
  },
  {
    id: "created",
    header: "Created",
    align: "right",
    sort: (row) => row.createdAt,
    cell: (row) => <Ago at={row.createdAt} />,
  },
];

export function ExperimentsPage() {
  const params = { workspace: useWorkspace() };
  const experiments = useQuery({ ...query("run", "listExperiments", { params }), refetchInterval: 15_000 });
  return (
    <Page title="Experiments">
      <Loaded query={experiments}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No experiments yet" commands={[`export MLFLOW_TRACKING_URI=${location.origin}`]}>
              The ordinary <code>mlflow</code> package logs here: point it at this server and run your training as it
              is. Every job step is tracked by itself.
            </Empty>
          ) : (
            <div className="ty-section">
              <DataTable label="Experiments" rows={items} columns={columns} rowKey={(row) => row.id} />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
