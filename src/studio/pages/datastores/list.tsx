import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Datastore } from "../../../contract/datastore.ts";
import { query, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Page } from "../../parts/page.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { ReadFrom } from "./read-from.tsx";

const columns: Column<Datastore>[] = [
  {
    id: "name",
    header: "Datastore",
    sort: (row) => row.name,
    cell: (row) => (
      <Link to="/datastores/$name" params={{ name: row.name }} className="ty-cover">
        {row.name}
        {row.description && <span className="ty-cell-note">{row.description}</span>}
      </Link>
    ),
  },
  { id: "type", header: "Type", sort: (row) => row.type, cell: (row) => row.type },
  { id: "from", header: "Read from", cell: (row) => <ReadFrom datastore={row} /> },
  { id: "writable", header: "Jobs write", cell: (row) => (row.writable ? "yes" : <span className="ty-dim">no</span>) },
  {
    id: "created",
    header: "Created",
    align: "right",
    sort: (row) => row.createdAt,
    cell: (row) => <Ago at={row.createdAt} />,
  },
];

/** Named places where files are. */
export function DatastoresPage() {
  const datastores = useQuery(query("datastore", "list", { params: { workspace: useWorkspace() } }));
  return (
    <Page title="Datastores" lead="Named places where files are: folders of the server, and storage elsewhere.">
      <Loaded query={datastores}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No datastores yet" commands={["trainyard datastore create -f datastore.yml"]}>
              Jobs and data assets name what lies there as <code>azureml://datastores/NAME/paths/…</code>, wherever it
              is.
            </Empty>
          ) : (
            <div className="ty-section">
              <DataTable label="Datastores" rows={items} columns={columns} rowKey={(row) => row.name} />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
