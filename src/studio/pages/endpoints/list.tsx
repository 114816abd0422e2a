import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Endpoint } from "../../../contract/endpoint.ts";
import { query, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Page } from "../../parts/page.tsx";
import { State } from "../../parts/state.tsx";
import { ModelLink } from "../../parts/subject.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";

const columns: Column<Endpoint>[] = [
  {
    id: "name",
    header: "Endpoint",
    sort: (endpoint) => endpoint.name,
    cell: (endpoint) => (
      <Link to="/endpoints/$name" params={{ name: endpoint.name }} className="ty-cover">
        {endpoint.name}
      </Link>
    ),
  },
  {
    id: "deployments",
    header: "Deployments",
    cell: (endpoint) =>
      endpoint.deployments.length === 0 ? (
        <span className="ty-dim">none</span>
      ) : (
        <ul className="ty-cell-list">
          {endpoint.deployments.map((deployment) => (
            <li key={deployment.name}>
              <State value={deployment.state} iconOnly />
              <span className="ty-num ty-share">{deployment.traffic}%</span>
              <ModelLink {...deployment.model} />
            </li>
          ))}
        </ul>
      ),
  },
  {
    id: "url",
    header: "Address",
    cell: (endpoint) =>
      endpoint.url ? <code>{endpoint.url}</code> : <span className="ty-dim">no serving node runs</span>,
  },
  { id: "auth", header: "Access", cell: (endpoint) => (endpoint.authMode === "key" ? "key" : "open") },
  {
    id: "created",
    header: "Created",
    align: "right",
    sort: (endpoint) => endpoint.createdAt,
    cell: (endpoint) => <Ago at={endpoint.createdAt} />,
  },
];

export function EndpointsPage() {
  const params = { workspace: useWorkspace() };
  const endpoints = useQuery({ ...query("endpoint", "list", { params }), refetchInterval: 15_000 });
  return (
    <Page title="Endpoints">
      <Loaded query={endpoints}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty
              title="No endpoints yet"
              commands={["trainyard online-endpoint create churn", "trainyard release create --build 1"]}
            >
              An endpoint answers requests with the model versions deployed behind it. A release to a stage makes the
              stage's endpoint by itself.
            </Empty>
          ) : (
            <div className="ty-section">
              <DataTable label="Endpoints" rows={items} columns={columns} rowKey={(endpoint) => endpoint.name} />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
