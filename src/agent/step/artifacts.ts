import { constants } from "node:fs";
import { access, cp, lstat, readdir, rm } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import type { StepPayload } from "../../contract/agent.ts";
import { streaming } from "../../contract/client.ts";
import { Problem } from "../../contract/errors.ts";
import { readingFile } from "../../platform/read-file.ts";
import type { Agent, Work } from "../agent.ts";
import { StepFailed } from "../failure.ts";
import { askPatiently } from "../patience.ts";
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
  work: Work,
  payload: StepPayload,
  place: { folder: string; code: string; before: ReadonlySet<string> },
): Promise<void> {
  const { log } = work;
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
  const root = await artifactsOf(agent, work, payload.runId);
  for (const file of files.slice(0, mostFiles)) {
    const refused = await keepFile(
      work,
      `${root}/${file.split("/").map(encodeURIComponent).join("/")}`,
      place.code,
      file,
    );
    if (refused) log.system(`${file} ${refused}`);
  }
}

/** Where the artifacts of a run are stored. */
async function artifactsOf({ controlUrl }: Agent, work: Work, runId: string): Promise<string> {
  const base = `${controlUrl}/w/${work.claim.workspace}/api/2.0`;
  const url = `${base}/mlflow/runs/get?run_id=${runId}`;
  const answer = await askPatiently(() => send(work, url), work.signal);
  if (!answer.ok) throw new Error(`The run of the step could not be read: ${answer.status} ${await answer.text()}`);
  const { run } = (await answer.json()) as { run: { info: { artifact_uri: string } } };
  return run.info.artifact_uri.replace("mlflow-artifacts:/", `${base}/mlflow-artifacts/artifacts/`);
}

/** Stores one file; says why, where it is not stored. */
async function keepFile(work: Work, url: string, code: string, file: string): Promise<string | undefined> {
  const path = join(code, file);
  const holes = await holesOf(path);
  if (holes) return `is not kept with the run: it ${holes}`;
  const readable = await access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
  if (!readable) return "could not be kept with the run: it cannot be read, or its name is not UTF-8.";
  const stored = await askPatiently(
    () =>
      readingFile(path, (content) =>
        send(work, url, { method: "PUT", body: content as unknown as RequestInit["body"] }),
      ),
    work.signal,
  );
  if (!stored.ok) return `could not be kept with the run: ${stored.status} ${(await stored.text()).slice(0, 300)}`;
}

/** As an MLflow client would, with the step's own token. A body is no web stream: one would be read ahead, gigabytes of it. */
async function send({ claim, signal }: Work, url: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${claim.token}` };
  const answer = await fetch(url, { headers, signal, ...streaming, ...init });
  if (answer.status < 500 && answer.status !== 429) return answer;
  throw new Problem("unavailable", `The server answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
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
