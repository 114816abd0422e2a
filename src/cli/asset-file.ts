import type { AssetFile } from "../contract/asset-file.ts";
import { invalid, Problem } from "../contract/errors.ts";
import type { Connection } from "./connection.ts";
import { type Source, uploadSource } from "./source.ts";

type Kind = AssetFile["kind"];

/** What a YAML file of a kind defines, with the files that came with it; anything else is refused. */
export async function readAssetFile<K extends Kind>(
  connection: Connection,
  file: string,
  kind: K,
): Promise<{ asset: Extract<AssetFile, { kind: K }>; source: Source & { set: Record<string, string> } }> {
  const source = { ...(await uploadSource(connection, file)), set: {} };
  const found = await connection.client.job.validate({ params: connection.params, body: source });
  if (found.issues.length > 0) throw invalid(`${file} is not valid.`, { issues: found.issues });
  if (found.asset?.kind === kind) return { asset: found.asset as Extract<AssetFile, { kind: K }>, source };
  throw invalid(`${file} is ${found.kind}; here a ${kind} file is needed.`);
}

/** The files that a file names. A URL is fetched by jobs, when a step needs it. */
export function treeOf({ tree, url, name }: { tree: string | null; url: string | null; name: string }): string {
  if (tree !== null) return tree;
  throw new Problem("unsupported", `${name} lies at ${url}: versions are made of files that come with them.`, {
    hint: "Give the URL as the path of a job's input, or download it and name the file.",
  });
}
