import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { z } from "zod";
import { blobContract } from "../../../contract/blob.ts";
import { urlOf } from "../../../contract/client.ts";
import type { modelContract } from "../../../contract/model.ts";
import { query, useCan, useWorkspace } from "../../api.ts";
import { Digest } from "../../parts/copy.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { bytes, figure } from "../../parts/number.ts";
import { Facts, Figure, Page, Section } from "../../parts/page.tsx";
import { State, Tag } from "../../parts/state.tsx";
import { Subject } from "../../parts/subject.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { Checks } from "./checks.tsx";
import { Conversions } from "./conversions.tsx";
import { Signature } from "./signature.tsx";

export type VersionDetail = z.output<typeof modelContract.getVersion.response>;

export function ModelVersionPage() {
  const { name, version } = useParams({ from: "/shell/models/$name/$version" });
  const workspace = useWorkspace();
  const model = useQuery(query("model", "getVersion", { params: { workspace, name, version } }));
  const data = model.data;
  return (
    <Page
      crumbs={[
        <Link key="models" to="/models">
          Models
        </Link>,
        <Link key="model" to="/models/$name" params={{ name }}>
          {name}
        </Link>,
      ]}
      title={`Version ${version}`}
      tab={`${name} ${version}`}
      meta={
        data && (
          <span className="ty-tags">
            {data.checkState !== "accepted" && <State value={data.checkState} />}
            {data.aliases.map((alias) => (
              <Tag key={alias} tone="accent">
                @{alias}
              </Tag>
            ))}
            {data.stage !== "None" && <Tag>{data.stage}</Tag>}
          </span>
        )
      }
      lead={data?.description}
    >
      <Loaded query={model}>{(loaded) => <Body model={loaded} />}</Loaded>
    </Page>
  );
}

function Body({ model }: { model: VersionDetail }) {
  const workspace = useWorkspace();
  const mayRelease = useCan("model:release");
  const isHandedOut = model.checkState === "accepted" || mayRelease;
  const metrics = Object.entries(model.metrics);
  const tags = Object.entries(model.tags);
  const columns: Column<VersionDetail["files"][number]>[] = [
    {
      id: "path",
      header: "File",
      sort: (file) => file.path,
      cell: (file) =>
        isHandedOut ? (
          <a
            className="ty-link"
            href={urlOf(blobContract.get, { params: { workspace, digest: file.digest } })}
            download={file.path.split("/").at(-1)}
          >
            <code>{file.path}</code>
          </a>
        ) : (
          <code>{file.path}</code>
        ),
    },
    { id: "size", header: "Size", align: "right", sort: (file) => file.size, cell: (file) => bytes(file.size) },
    { id: "digest", header: "sha256", cell: (file) => <Digest value={file.digest} /> },
  ];
  return (
    <>
      {metrics.length > 0 && (
        <div className="ty-figures">
          {metrics.map(([name, value]) => (
            <Figure key={name} label={name} value={figure(value)} />
          ))}
        </div>
      )}
      <div className="ty-columns">
        <Section title="Where it comes from">
          <Facts
            items={[
              [
                "Trained on",
                model.trainingData.length > 0 &&
                  model.trainingData.map((path) => (
                    <div key={path}>
                      <Subject path={path} />
                    </div>
                  )),
              ],
              ["Job", model.jobId && <Subject path={`job/${model.jobId}`} />],
              ["Run", model.runId && <Subject path={`run/${model.runId}`} />],
              ["Registered by", model.createdBy.name],
              ["Registered", <Ago key="at" at={model.createdAt} />],
              ["Format", model.format],
              ["Content", model.digest && <Digest value={model.digest} />],
              ["Size", bytes(model.size)],
            ]}
          />
        </Section>
        <Section title="Where it is deployed" flush>
          {model.deployments.length === 0 ? (
            <p className="ty-quiet">Nowhere. A release of a build with this version deploys it.</p>
          ) : (
            <ul className="ty-deployed">
              {model.deployments.map(({ endpoint, deployment, traffic }) => (
                <li key={`${endpoint} ${deployment}`}>
                  <Link to="/endpoints/$name" params={{ name: endpoint }} className="ty-link">
                    {endpoint}
                  </Link>
                  <span className="ty-dim">{deployment}</span>
                  <span className="ty-grow" />
                  <span className="ty-num">{traffic}% of requests</span>
                </li>
              ))}
            </ul>
          )}
        </Section>
      </div>
      <Checks model={model} />
      <Signature model={model} />
      <Conversions
        name={model.name}
        version={model.version}
        isOnnx={model.files.some((file) => file.path.toLowerCase().endsWith(".onnx"))}
      />
      <Section title="Files" flush>
        <DataTable label="Files" rows={model.files} columns={columns} rowKey={(file) => file.path} />
      </Section>
      {tags.length > 0 && (
        <Section title="Tags">
          <Facts items={tags} />
        </Section>
      )}
    </>
  );
}
