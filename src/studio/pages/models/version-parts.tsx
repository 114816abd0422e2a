import { Link } from "@tanstack/react-router";
import type { z } from "zod";
import { blobContract } from "../../../contract/blob.ts";
import { urlOf } from "../../../contract/client.ts";
import type { modelContract } from "../../../contract/model.ts";
import { useCan, useWorkspace } from "../../api.ts";
import { Digest } from "../../parts/copy.tsx";
import { bytes, figure } from "../../parts/number.ts";
import { Facts, Figure, Section } from "../../parts/page.tsx";
import { Subject } from "../../parts/subject.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { isOfModel } from "./shown-metrics.ts";

export type VersionDetail = z.output<typeof modelContract.getVersion.response>;

export function Metrics({ model }: { model: VersionDetail }) {
  const metrics = Object.entries(model.metrics).filter(([name]) => isOfModel(name));
  if (metrics.length === 0) return null;
  return (
    <div className="ty-figures">
      {metrics.map(([name, value]) => (
        <Figure key={name} label={name} value={figure(value)} />
      ))}
    </div>
  );
}

export function Origin({ model }: { model: VersionDetail }) {
  const data = model.trainingData.map((path) => (
    <div key={path}>
      <Subject path={path} />
    </div>
  ));
  return (
    <Section title="Where it comes from">
      <Facts
        items={[
          ["Trained on", data.length > 0 && data],
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
  );
}

export function Deployments({ model }: { model: VersionDetail }) {
  return (
    <Section title="Where it is deployed" flush>
      {model.deployments.length === 0 ? (
        <p className="ty-quiet">Nowhere. A release of a build with this version deploys it.</p>
      ) : (
        <ul className="ty-deployed">
          {model.deployments.map(({ endpoint, deployment, traffic, release }) => (
            <li key={`${endpoint} ${deployment}`}>
              <Link to="/endpoints/$name" params={{ name: endpoint }} className="ty-link">
                {endpoint}
              </Link>
              <span className="ty-dim">{deployment}</span>
              {release !== null && <Subject path={`release/${release}`}>release {release}</Subject>}
              <span className="ty-grow" />
              <span className="ty-num">{traffic}% of requests</span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

export function Files({ model }: { model: VersionDetail }) {
  const workspace = useWorkspace();
  const mayRelease = useCan("model:release");
  const isHandedOut = model.checkState === "accepted" || mayRelease;
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
    <Section title="Files" flush>
      <DataTable label="Files" rows={model.files} columns={columns} rowKey={(file) => file.path} />
    </Section>
  );
}

export function Tags({ model }: { model: VersionDetail }) {
  const tags = Object.entries(model.tags);
  if (tags.length === 0) return null;
  return (
    <Section title="Tags">
      <Facts items={tags} />
    </Section>
  );
}
