import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { query, useWorkspace } from "../../api.ts";
import { Digest } from "../../parts/copy.tsx";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { plural } from "../../parts/number.ts";
import { Page } from "../../parts/page.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import type { EnvironmentVersion } from "./environment.tsx";

const sourceOf = ({ build, uvProject }: EnvironmentVersion): string =>
  build ? "Dockerfile" : uvProject ? "project of uv" : "conda file";

const columns: Column<EnvironmentVersion>[] = [
  {
    id: "name",
    header: "Environment",
    sort: (row) => row.name,
    cell: (row) => (
      <Link to="/environments/$name" params={{ name: row.name }} className="ty-cover">
        {row.name}
        {row.description && <span className="ty-cell-note">{row.description}</span>}
      </Link>
    ),
  },
  { id: "version", header: "Version", align: "right", cell: (row) => row.version },
  {
    id: "kind",
    header: "From",
    cell: (row) => (row.image && !row.condaFile ? <code>{row.image}</code> : sourceOf(row)),
  },
  {
    id: "locks",
    header: "Locked",
    cell: (row) =>
      row.locks.length === 0 ? (
        <span className="ty-dim">not built yet</span>
      ) : (
        row.locks.map((lock) => (
          <div key={lock.platform}>
            {lock.platform} <span className="ty-dim">{plural(lock.packages.length, "package")}</span>
          </div>
        ))
      ),
  },
  { id: "digest", header: "Specification", cell: (row) => <Digest value={row.digest} /> },
  {
    id: "created",
    header: "Created",
    align: "right",
    sort: (row) => row.createdAt,
    cell: (row) => <Ago at={row.createdAt} />,
  },
];

export function EnvironmentsPage() {
  const params = { workspace: useWorkspace() };
  const environments = useQuery(query("environment", "list", { params }));
  return (
    <Page title="Environments" lead="What a step runs in: a specification, and what it resolved to on each platform.">
      <Loaded query={environments}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No environments yet" commands={["trainyard job create -f pipeline.yml"]}>
              A pipeline step names a conda file; the first job that uses it resolves it, locks it, and keeps it.
            </Empty>
          ) : (
            <div className="ty-section">
              <DataTable
                label="Environments"
                rows={items}
                columns={columns}
                rowKey={(row) => `${row.name} ${row.version}`}
              />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
