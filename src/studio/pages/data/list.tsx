import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { z } from "zod";
import type { dataAssetSchema } from "../../../contract/data.ts";
import { query, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { count, plural } from "../../parts/number.ts";
import { Page } from "../../parts/page.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";

type Asset = z.output<typeof dataAssetSchema>;

const columns: Column<Asset>[] = [
  {
    id: "name",
    header: "Data asset",
    sort: (asset) => asset.name,
    cell: (asset) => (
      <Link to="/data/$name" params={{ name: asset.name }} className="ty-cover">
        {asset.name}
      </Link>
    ),
  },
  {
    id: "latest",
    header: "Latest",
    cell: (asset) => asset.latest ?? <span className="ty-dim">none is ready</span>,
  },
  {
    id: "versions",
    header: "Versions",
    align: "right",
    sort: (asset) => asset.versions,
    cell: (asset) => count(asset.versions),
  },
  {
    id: "expectations",
    header: "Must satisfy",
    cell: (asset) =>
      asset.expectations ? (
        plural(asset.expectations.columns.length, "column rule")
      ) : (
        <span className="ty-dim">nothing</span>
      ),
  },
  {
    id: "created",
    header: "Created",
    align: "right",
    sort: (asset) => asset.createdAt,
    cell: (asset) => <Ago at={asset.createdAt} />,
  },
];

export function DataPage() {
  const params = { workspace: useWorkspace() };
  const assets = useQuery(query("data", "list", { params }));
  return (
    <Page title="Data">
      <Loaded query={assets}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No data assets yet" commands={["trainyard data create sales ./sales.csv"]}>
              A data asset has versions that never change. Each version is profiled, and checked against what the asset
              must satisfy, before anything may use it.
            </Empty>
          ) : (
            <div className="ty-section">
              <DataTable label="Data assets" rows={items} columns={columns} rowKey={(asset) => asset.name} />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
