import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { urlOf } from "../../../contract/client.ts";
import { runContract } from "../../../contract/run.ts";
import { client, useWorkspace } from "../../api.ts";
import { CodeBlock } from "../../parts/copy.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { bytes } from "../../parts/number.ts";
import { Section } from "../../parts/page.tsx";

interface Artifact {
  path: string;
  size: number;
}

const images: Record<string, string> = { png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", gif: "image/gif" };
const texts = /\.(txt|md|json|ya?ml|csv|tsv|log|py|toml|ini|cfg|xml|html?|svg|sql|sh|r)$|(^|\/)(MLmodel|LICENSE)$/i;
const largestText = 512 * 1024;
const largestImage = 8 * 1024 * 1024;

const imageType = (path: string) => images[path.split(".").at(-1)?.toLowerCase() ?? ""];

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
  const image = imageType(artifact.path);
  const shown = image ? artifact.size <= largestImage : texts.test(artifact.path) && artifact.size <= largestText;
  const content = useQuery({
    queryKey: ["artifact", workspace, run, artifact.path],
    enabled: shown,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const query = { path: artifact.path };
      const response = await client.run.artifact({ params: { workspace, id: run }, query }, { signal });
      if (!image) return response.text();
      return dataUrl(new Blob([await response.arrayBuffer()], { type: image }));
    },
  });
  if (!shown)
    return (
      <p className="ty-quiet">
        {image || texts.test(artifact.path) ? "Too large to show here" : "No preview for this kind of file"}; download
        it instead.
      </p>
    );
  return (
    <Loaded query={content}>
      {(text) =>
        image ? <img src={text} alt={artifact.path} /> : <CodeBlock text={pretty(artifact.path, text)} label="file" />
      }
    </Loaded>
  );
}

/** The security policy allows images from `data:`, not from `blob:`. */
const dataUrl = (blob: Blob) =>
  new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });

function pretty(path: string, text: string): string {
  if (!path.endsWith(".json")) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
