import { lstat, open, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { StepPayload } from "../../contract/agent.ts";
import { hashWritten, uploadTree } from "../../platform/transfer/upload.ts";
import type { Work } from "../agent.ts";
import { StepFailed } from "../failure.ts";
import { storeOf } from "../remote.ts";
import { endingOf, headBytes } from "./ending-of.ts";
import { holesOf } from "./holes.ts";
import { isRealFolder } from "./real-folder.ts";

const valueTypes = new Set(["number", "integer", "boolean", "string"]);
const fileTypes = new Set(["uri_file", ...valueTypes]);
/** Is an output of this type one file, rather than a folder? */
export const isFileType = (type: string): boolean => fileTypes.has(type);

export async function storeOutputs(work: Work, payload: StepPayload, folder: string) {
  const stored: Record<string, { digest: string; files: number; size: number }> = {};
  for (const [name, type] of Object.entries(payload.outputs)) {
    const place = join(folder, "outputs", name);
    await refuseLinks(folder, name);
    if (isFileType(type) && (await readdir(place)).length === 0) {
      throw new StepFailed(`The command ended well but wrote no file to its output "${name}".`);
    }
    if (isFileType(type) && !valueTypes.has(type)) await nameByContent(place, name);
    const files = await hashWritten(place, { check: refuseHoles, signal: work.signal });
    stored[name] = await uploadTree(storeOf(work), files);
  }
  return stored;
}

/**
 * Where the command replaced an output, or the folder of all outputs, by a link, we would store whatever the link leads
 * to: from a container, files of this machine.
 */
async function refuseLinks(folder: string, name: string): Promise<void> {
  const place = join(folder, "outputs", name);
  if (!(await isRealFolder(folder, "outputs", name)))
    throw new StepFailed(`The command removed the folder of its output: ${place}.`);
}

async function refuseHoles(path: string, source: string): Promise<void> {
  const holes = await holesOf(source);
  if (holes) throw new StepFailed(`The output "${path}" ${holes}`, { retryable: false });
}

/**
 * A `uri_file` output is written under a name without an ending, as in Azure ML. What it is decides the ending that it
 * is stored under, so that whoever reads it next, a person or pandas, need not guess.
 */
async function nameByContent(place: string, name: string): Promise<void> {
  const path = join(place, name);
  // Anything else is refused when it is stored.
  if (!(await lstat(path).catch(() => undefined))?.isFile()) return;
  const file = await open(path, "r").catch(() => undefined);
  if (!file) return;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const ending = endingOf(buffer.subarray(0, bytesRead), (await file.stat()).size === bytesRead);
    if (ending) await rename(path, `${path}${ending}`);
  } finally {
    await file.close();
  }
}
