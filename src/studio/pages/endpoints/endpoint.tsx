import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { z } from "zod";
import type { Deployment, endpointContract } from "../../../contract/endpoint.ts";
import { query, useWorkspace } from "../../api.ts";
import { CopyButton } from "../../parts/copy.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { count, milliseconds, percent } from "../../parts/number.ts";
import { Figure, Page, Section } from "../../parts/page.tsx";
import { State, Tag } from "../../parts/state.tsx";
import { ModelLink, Subject } from "../../parts/subject.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { useRate } from "./rate.ts";
import { Snippets } from "./snippets.tsx";
import { TryIt } from "./try-it.tsx";

export type EndpointDetail = z.output<typeof endpointContract.get.response>;

export function EndpointPage() {
  const { name } = useParams({ from: "/shell/endpoints/$name" });
  const endpoint = useQuery({
    ...query("endpoint", "get", { params: { workspace: useWorkspace(), name } }),
    refetchInterval: 4000,
  });
  const data = endpoint.data;
  return (
    <Page
      crumbs={[
        <Link key="endpoints" to="/endpoints">
          Endpoints
        </Link>,
      ]}
      title={name}
      subject={`endpoint/${name}`}
      meta={data && <Tag>{data.authMode === "key" ? "key" : "open"}</Tag>}
      lead={
        data &&
        (data.url ? (
          <span className="ty-digest">
            <code>{data.url}</code>
            <CopyButton text={data.url} label="Copy address" />
          </span>
        ) : (
          "No serving node runs, so nobody answers at the moment."
        ))
      }
    >
      <Loaded query={endpoint}>{(loaded) => <Body endpoint={loaded} />}</Loaded>
    </Page>
  );
}

function Body({ endpoint }: { endpoint: EndpointDetail }) {
  const rate = useRate(endpoint.name, endpoint.requests);
  const failing = endpoint.requests > 0 ? endpoint.errors / endpoint.requests : 0;
  return (
    <>
      <div className="ty-figures">
        <Figure
          label="Requests"
          value={count(endpoint.requests)}
          note={rate !== null && `${rate.toFixed(1)} per second`}
        />
        <Figure
          label="Errors"
          value={count(endpoint.errors)}
          note={endpoint.requests > 0 && `${percent(failing)} of requests`}
        />
        <Figure label="p50" value={milliseconds(endpoint.p50)} note="last minutes" />
        <Figure label="p99" value={milliseconds(endpoint.p99)} note="last minutes" />
        <Figure label="Rows collected" value={count(endpoint.collectedRows)} note="inputs and outputs" />
      </div>
      <Section title="Deployments" flush>
        {endpoint.deployments.length === 0 ? (
          <p className="ty-quiet">Nothing is deployed behind this endpoint yet.</p>
        ) : (
          <>
            <TrafficBar deployments={endpoint.deployments} />
            <DataTable
              label="Deployments"
              rows={endpoint.deployments}
              columns={columns}
              rowKey={(deployment) => deployment.name}
            />
          </>
        )}
      </Section>
      {endpoint.deployments.length > 0 && (
        <>
          <TryIt key={endpoint.name} endpoint={endpoint} />
          <Snippets endpoint={endpoint} />
        </>
      )}
    </>
  );
}

const TrafficBar = ({ deployments }: { deployments: Deployment[] }) => {
  const live = deployments.filter(({ traffic }) => traffic > 0);
  if (live.length < 2) return null;
  return (
    <div className="ty-traffic" role="img" aria-label={live.map((one) => `${one.name} ${one.traffic}%`).join(", ")}>
      {live.map((deployment) => (
        <span key={deployment.name} style={{ flexGrow: deployment.traffic }}>
          {deployment.name} {deployment.traffic}%
        </span>
      ))}
    </div>
  );
};

const columns: Column<Deployment>[] = [
  { id: "state", header: "State", width: 108, cell: (row) => <State value={row.state} /> },
  {
    id: "name",
    header: "Deployment",
    cell: (row) => (
      <>
        {row.name}
        {row.error && <span className="ty-cell-note ty-bad">{row.error}</span>}
      </>
    ),
  },
  {
    id: "model",
    header: "Model",
    cell: (row) => <ModelLink {...row.model} />,
  },
  {
    id: "release",
    header: "Release",
    cell: (row) =>
      row.release === null ? "–" : <Subject path={`release/${row.release}`}>release {row.release}</Subject>,
  },
  { id: "collect", header: "Collects", cell: (row) => (row.collect ? "inputs and outputs" : "nothing") },
  { id: "traffic", header: "Traffic", align: "right", cell: (row) => `${row.traffic}%` },
  { id: "created", header: "Created", align: "right", cell: (row) => <Ago at={row.createdAt} /> },
];
