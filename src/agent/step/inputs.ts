import { join } from "node:path";
import type { ResolvedStepInput } from "../../contract/agent.ts";
import { downloadTree } from "../../platform/transfer/download.ts";
import type { Work } from "../agent.ts";
import { isFileType } from "./outputs.ts";

export async function layOutInput(
  { claim, client }: Work,
  input: ResolvedStepInput,
  folder: string,
  cache: { folder: string },
): Promise<string> {
  if (input.kind === "value") return input.value;
  const paths = await downloadTree(client, claim.workspace, input.tree, { folder, cache });
  if (input.path) return join(folder, input.path);
  return isFileType(input.type) && paths.length === 1 ? join(folder, paths[0]!) : folder;
}
