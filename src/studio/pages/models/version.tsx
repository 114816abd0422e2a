import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { query, useWorkspace } from "../../api.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { Page } from "../../parts/page.tsx";
import { State, Tag } from "../../parts/state.tsx";
import { CardSection } from "./card-section.tsx";
import { Checks } from "./checks.tsx";
import { Conversions } from "./conversions.tsx";
import { LineageSection } from "./lineage-section.tsx";
import { MoveAlias } from "./move-alias.tsx";
import { MoveStage } from "./move-stage.tsx";
import { Signature } from "./signature.tsx";
import { Deployments, Files, Metrics, Origin, Tags, type VersionDetail } from "./version-parts.tsx";

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
      subject={`model/${name}/${version}`}
      actions={data && <Actions name={name} version={version} stage={data.stage} />}
    >
      <Loaded query={model}>{(loaded) => <Body model={loaded} />}</Loaded>
    </Page>
  );
}

function Actions({ name, version, stage }: { name: string; version: string; stage: string }) {
  const workspace = useWorkspace();
  const model = useQuery(query("model", "get", { params: { workspace, name } }));
  const versions = model.data?.items.map((item) => item.version) ?? [];
  const before = versions[versions.indexOf(version) + 1] ?? versions.find((other) => other !== version);
  return (
    <>
      {before !== undefined && (
        <Button
          variant="default"
          renderRoot={(props) => (
            <Link
              to="/models/$name/compare"
              params={{ name }}
              search={{ left: before, right: version }}
              {...(props as object)}
            />
          )}
        >
          Compare with {before}
        </Button>
      )}
      <MoveStage name={name} version={version} stage={stage} />
      <MoveAlias name={name} versions={versions} version={version} />
    </>
  );
}

/** The sections of the page, each a component of its own. */
function Body({ model }: { model: VersionDetail }) {
  const { name, version } = model;
  return (
    <>
      <Metrics model={model} />
      <div className="ty-columns">
        <Origin model={model} />
        <Deployments model={model} />
      </div>
      <Checks model={model} />
      <LineageSection name={name} version={version} />
      <CardSection name={name} version={version} />
      <Signature model={model} />
      <Conversions name={name} version={version} isOnnx={model.files.some((file) => /\.onnx$/i.test(file.path))} />
      <Files model={model} />
      <Tags model={model} />
    </>
  );
}
