import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { urlOf } from "../../../contract/client.ts";
import { runContract } from "../../../contract/run.ts";
import { useWorkspace } from "../../api.ts";
import { CodeBlock } from "../../parts/copy.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { bytes } from "../../parts/number.ts";
import { Section } from "../../parts/page.tsx";
import { imageQuery, imageType, textQuery } from "./artifact-content.ts";
import { Described, isDescribed } from "./described.tsx";
import { isText, largestImage, largestText } from "./file-kind.ts";
import { type LoggedTable, tableOfCsv, tableOfJson } from "./logged-table.ts";
import { TableView } from "./table-view.tsx";

interface Artifact {
  path: string;
  size: number;
  digest: string;
}

/** Files of a run: a list, and a preview of the one that is chosen. What could run in a browser is shown as text. */
export function Artifacts({ run, artifacts }: { run: string; artifacts: Artifact[] }) {
  const workspace = useWorkspace();
  const [chosen, setChosen] = useState<Artifact | null>(null);
  if (artifacts.length === 0)
    return (
      <Section title="Artifacts">
        <p className="ty-dim">
          None. <code>mlflow.log_artifact</code> and <code>log_figure</code> put files here.
        </p>
      </Section>
    );
  const href = (path: string) => urlOf(runContract.artifact, { params: { workspace, id: run }, query: { path } });
  return (
    <Section title="Artifacts" flush className="ty-artifacts">
      <div className="ty-files">
        <ul>
          {artifacts.map((artifact) => (
            <li key={artifact.path}>
              <button type="button" aria-pressed={chosen?.path === artifact.path} onClick={() => setChosen(artifact)}>
                <code>{artifact.path}</code>
                <span className="ty-dim ty-num">{bytes(artifact.size)}</span>
              </button>
            </li>
          ))}
        </ul>
        <div className="ty-preview">
          {chosen ? (
            <>
              <div className="ty-preview-head">
                <code>{chosen.path}</code>
                <a className="ty-link" href={href(chosen.path)} download={chosen.path.split("/").at(-1)}>
                  Download
                </a>
              </div>
              <Preview key={chosen.path} run={run} artifact={chosen} />
            </>
          ) : (
            <p className="ty-quiet">Choose a file to see it.</p>
          )}
        </div>
      </div>
    </Section>
  );
}

function Preview({ run, artifact }: { run: string; artifact: Artifact }) {
  const workspace = useWorkspace();
  const { path, size, digest } = artifact;
  const isImage = imageType(path) !== undefined;
  const known = isImage || isText(path);
  const small = size <= (isImage ? largestImage : largestText);
  const image = useQuery({ ...imageQuery(workspace, run, path, digest), enabled: isImage && small });
  const text = useQuery({ ...textQuery(workspace, run, path, digest), enabled: !isImage && known && small });
  if (isDescribed(path)) return <Described run={run} path={path} source={text.data} />;
  if (!known || !small)
    return (
      <p className="ty-quiet">
        {known ? "Too large to show here" : "No preview for this kind of file"}; download it instead.
      </p>
    );
  if (isImage) return <Loaded query={image}>{(source) => <img src={source} alt={path} />}</Loaded>;
  return (
    <Loaded query={text}>
      {(content) => {
        const table = tableOf(path, content);
        return table ? (
          <TableView table={table} label={path} />
        ) : (
          <CodeBlock text={pretty(path, content)} label="file" />
        );
      }}
    </Loaded>
  );
}

function tableOf(path: string, content: string): LoggedTable | null {
  if (/\.csv$/i.test(path)) return tableOfCsv(content);
  if (/\.tsv$/i.test(path)) return tableOfCsv(content, "\t");
  return /\.json$/i.test(path) ? tableOfJson(content) : null;
}

function pretty(path: string, text: string): string {
  if (!path.endsWith(".json")) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
