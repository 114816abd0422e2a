import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import type { ModelVersion } from "../../../contract/model.ts";
import { query, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { bytes, metric } from "../../parts/number.ts";
import { Page, Section } from "../../parts/page.tsx";
import { State, Tag } from "../../parts/state.tsx";
import { Subject } from "../../parts/subject.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { AliasHistory, StageHistory } from "./history.tsx";
import { MoveAlias } from "./move-alias.tsx";
import { isOfModel } from "./shown-metrics.ts";

const shownMetrics = 5;

export function ModelPage() {
  const { name } = useParams({ from: "/shell/models/$name" });
  const model = useQuery(query("model", "get", { params: { workspace: useWorkspace(), name } }));
  return (
    <Page
      crumbs={[
        <Link key="models" to="/models">
          Models
        </Link>,
      ]}
      title={name}
      lead={model.data?.description}
      meta={
        model.data && (
          <span className="ty-tags">
            {Object.entries(model.data.aliases).map(([alias, version]) => (
              <Tag key={alias} tone="accent">
                @{alias} → {version}
              </Tag>
            ))}
          </span>
        )
      }
      actions={model.data && <Actions name={name} versions={model.data.items.map((item) => item.version)} />}
    >
      <Loaded query={model}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="This model has no versions" commands={[`trainyard model create ${name} ./model`]} />
          ) : (
            <>
              <Section title="Versions" flush>
                <Versions rows={items} />
              </Section>
              <AliasHistory name={name} />
              <StageHistory name={name} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function Actions({ name, versions }: { name: string; versions: string[] }) {
  return (
    <>
      {versions.length > 1 && (
        <Button
          variant="default"
          renderRoot={(props) => (
            <Link
              to="/models/$name/compare"
              params={{ name }}
              search={{ left: versions[1], right: versions[0] }}
              {...(props as object)}
            />
          )}
        >
          Compare versions
        </Button>
      )}
      {versions.length > 0 && <MoveAlias name={name} versions={versions} />}
    </>
  );
}

function Versions({ rows }: { rows: ModelVersion[] }) {
  const columns = useMemo(() => {
    const metrics = [...new Set(rows.flatMap((row) => Object.keys(row.metrics)))]
      .filter(isOfModel)
      .slice(0, shownMetrics);
    return [...before, ...metrics.map(metricColumn), ...after];
  }, [rows]);
  return <DataTable label="Versions" rows={rows} columns={columns} rowKey={(row) => row.version} />;
}

const before: Column<ModelVersion>[] = [
  {
    id: "version",
    header: "Version",
    sort: (row) => row.version,
    cell: (row) => (
      <span className="ty-tags">
        <Link to="/models/$name/$version" params={{ name: row.name, version: row.version }} className="ty-cover">
          {row.version}
        </Link>
        {row.aliases.map((alias) => (
          <Tag key={alias} tone="accent">
            @{alias}
          </Tag>
        ))}
      </span>
    ),
  },
  {
    id: "stage",
    header: "Stage",
    sort: (row) => row.stage,
    cell: (row) => (row.stage === "None" ? <span className="ty-dim">–</span> : <Tag>{row.stage}</Tag>),
  },
  { id: "check", header: "Check", cell: (row) => <State value={row.checkState} /> },
  { id: "format", header: "Format", cell: (row) => row.format },
  { id: "size", header: "Size", align: "right", sort: (row) => row.size, cell: (row) => bytes(row.size) },
];

const metricColumn = (name: string): Column<ModelVersion> => ({
  id: `metric ${name}`,
  header: name,
  align: "right",
  sort: (row) => (row.metrics[name] === undefined ? null : Number(row.metrics[name])),
  cell: (row) => metric(row.metrics[name]),
});

const after: Column<ModelVersion>[] = [
  {
    id: "data",
    header: "Trained on",
    cell: (row) => (
      <span className="ty-tags">
        {row.trainingData.length === 0 && <span className="ty-dim">–</span>}
        {row.trainingData.map((path) => (
          <Subject key={path} path={path}>
            {path.split("/").slice(1).join(" ")}
          </Subject>
        ))}
      </span>
    ),
  },
  {
    id: "job",
    header: "Job",
    cell: (row) =>
      row.jobId ? (
        <Link to="/jobs/$id" params={{ id: row.jobId }} className="ty-link">
          <code>{row.jobId.slice(-8)}</code>
        </Link>
      ) : (
        <span className="ty-dim">–</span>
      ),
  },
  { id: "by", header: "By", cell: (row) => row.createdBy.name },
  {
    id: "created",
    header: "Created",
    align: "right",
    sort: (row) => row.createdAt,
    cell: (row) => <Ago at={row.createdAt} />,
  },
];
