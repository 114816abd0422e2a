import type { AssetFile } from "../contract/asset-file.ts";
import type { AssetSource } from "../contract/asset-source.ts";
import { invalid } from "../contract/errors.ts";
import type { Connection } from "./connection.ts";
import { uploadSource } from "./source.ts";

type Kind = AssetFile["kind"];

/** What a YAML file of a kind defines; anything else is refused. Files that it names are stored with it. */
export async function readAssetFile<K extends Kind>(
  connection: Connection,
  file: string,
  kind: K,
): Promise<{ asset: Extract<AssetFile, { kind: K }> }> {
  const body = { ...(await uploadSource(connection, file)), set: {} };
  const found = await connection.client.job.validate({ params: connection.params, body });
  if (found.issues.length > 0) throw invalid(`${file} is not valid.`, { issues: found.issues });
  if (found.asset?.kind === kind) return { asset: found.asset as Extract<AssetFile, { kind: K }> };
  throw invalid(`${file} is ${found.kind}; here a ${kind} file is needed.`);
}

/** What an asset is made of: files that came with its YAML, or where the server takes them from. */
export const filesOf = ({ tree, source }: { tree: string | null; source: AssetSource | null }) =>
  source ? { source } : { tree: tree! };
