import { cp, lstat, open, readdir, rm } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import type { StepPayload } from "../../contract/agent.ts";
import { streaming } from "../../contract/client.ts";
import type { Agent, Work } from "../agent.ts";
import { StepFailed } from "../failure.ts";
import { keptFolders } from "./folders.ts";
import { holesOf } from "./holes.ts";
import { isRealFolder } from "./real-folder.ts";

const mostFiles = 10_000;

/**
 * Keeps what a command wrote to `outputs` and `logs` as artifacts of its run. An output `artifacts` that the command
 * does not name is what it left there.
 */
export async function keepArtifacts(
  agent: Agent,
  { claim, log, signal }: Work,
  payload: StepPayload,
  place: { folder: string; code: string; before: ReadonlySet<string> },
): Promise<void> {
  const named = /\$\{\{\s*outputs\.artifacts\b/.test(payload.command);
  const isOutput = payload.outputs.artifacts === "uri_folder" && !named;
  const found = await filesOf(place.code);
  if (!found) {
    const tooLong = "a path below the folder outputs or logs is too long. Use shorter names.";
    if (isOutput) throw new StepFailed(`The output "artifacts" cannot be stored: ${tooLong}`);
    log.system(`Nothing is kept with the run: ${tooLong}`);
    return;
  }
  if (isOutput) await copyToOutput(place);
  const files = found.filter((file) => !place.before.has(file));
  if (files.length === 0) return;
  if (files.length > mostFiles) {
    log.system(`The command left ${files.length} files in outputs and logs; only ${mostFiles} are kept with the run.`);
  }
  const base = `${agent.controlUrl}/w/${claim.workspace}/api/2.0`;
  const headers = { authorization: `Bearer ${claim.token}` };
  const answer = await fetch(`${base}/mlflow/runs/get?run_id=${payload.runId}`, { headers, signal });
  if (!answer.ok) throw new Error(`The run of the step could not be read: ${answer.status} ${await answer.text()}`);
  const { run } = (await answer.json()) as { run: { info: { artifact_uri: string } } };
  const root = run.info.artifact_uri.replace("mlflow-artifacts:/", `${base}/mlflow-artifacts/artifacts/`);
  for (const file of files.slice(0, mostFiles)) {
    const holes = await holesOf(join(place.code, file));
    if (holes) {
      log.system(`${file} is not kept with the run: it ${holes}`);
      continue;
    }
    const path = file.split("/").map(encodeURIComponent).join("/");
    const source = await open(join(place.code, file)).catch(() => undefined);
    if (!source) {
      log.system(`${file} could not be kept with the run: it cannot be read, or its name is not UTF-8.`);
      continue;
    }
    // Not as a web stream made of it, which would read ahead by 65,536 parts, gigabytes, whoever takes them.
    const body = source.createReadStream() as unknown as RequestInit["body"];
    const stored = await fetch(`${root}/${path}`, { method: "PUT", headers, body, signal, ...streaming });
    if (!stored.ok)
      log.system(`${file} could not be kept with the run: ${stored.status} ${(await stored.text()).slice(0, 300)}`);
  }
}

async function copyToOutput({ folder, code }: { folder: string; code: string }): Promise<void> {
  // What is no folder any more is refused when the output is stored.
  if (!(await isRealFolder(folder, "outputs", "artifacts"))) return;
  for (const name of keptFolders) {
    if (!(await isRealFolder(folder, basename(code), name))) continue;
    const target = join(folder, "outputs", "artifacts", name);
    // Nothing is written through what the command may have put there.
    await rm(target, { recursive: true, force: true });
    await cp(join(code, name), target, { recursive: true, filter: isContent });
  }
}

/** Pipes, sockets, devices, links, and names that are not UTF-8 are left out, as of what is kept with the run. */
async function isContent(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() || (found?.isFile() === true && !(await holesOf(path)));
}

/** The files in the folders whose files are kept; undefined when a path is so long that not all can be seen. */
export async function filesOf(code: string): Promise<string[] | undefined> {
  const found: string[] = [];
  try {
    if (!(await isRealFolder(dirname(code), basename(code)))) return found;
    for (const folder of keptFolders) {
      const root = join(code, folder);
      if (!(await isRealFolder(code, folder))) continue;
      for (const entry of await readdir(root, { withFileTypes: true, recursive: true })) {
        if (entry.isFile()) found.push(relative(code, join(entry.parentPath, entry.name)));
      }
    }
  } catch (error) {
    if ((error as { code?: string }).code === "ENAMETOOLONG") return undefined;
    throw error;
  }
  return found.sort();
}
