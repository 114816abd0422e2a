import type { ImportedVersion } from "../../contract/import.ts";
import { copyFiles } from "./copy-files.ts";
import type { SourceModel, SourceVersion } from "./source.ts";
import type { Import } from "./target.ts";

const versionsAtOnce = 100;
/** Prompts live in the registry too; they are text in a tag and have no files. */
const promptTag = "mlflow.prompt.is_prompt";

/** Copies one registered model. With `onlySeen`, only versions whose run or logged model was copied. */
export async function copyModel(task: Import, model: SourceModel, onlySeen: boolean): Promise<void> {
  const isWanted = (version: SourceVersion) =>
    !onlySeen || [version.runId, version.loggedModelId].some((id) => id !== null && task.seen.has(id));
  const versions = model.versions.filter(isWanted);
  if (onlySeen && versions.length === 0) return;
  const numbers = new Set(versions.map((version) => version.version));
  const aliases = model.aliases.filter(([, version]) => numbers.has(version));
  if (task.dryRun) {
    task.tally.add("models", 1, 0);
    task.tally.add("versions", versions.length, 0);
    task.tally.add("aliases", aliases.length, 0);
    return;
  }
  let here = 0;
  let from = 0;
  do {
    const part = versions.slice(from, from + versionsAtOnce);
    from += versionsAtOnce;
    const sent: ImportedVersion[] = [];
    for (const { storage, ...version } of part)
      sent.push({ ...version, files: await filesOf(task, model, { ...version, storage }) });
    const isLast = from >= versions.length;
    const body = { ...model, versions: sent, aliases: isLast ? aliases : [] };
    const answer = await task.client.import.model({ params: task.params, body });
    for (const { subject, message } of answer.issues) task.complain(subject, message);
    here += answer.here.versions.length;
    if (isLast) task.tally.add("aliases", aliases.length, answer.here.aliases);
  } while (from < versions.length);
  task.tally.add("models", 1, 1);
  task.tally.add("versions", versions.length, here);
}

/** Where the files of a version are by now. */
async function filesOf(task: Import, model: SourceModel, version: SourceVersion): Promise<ImportedVersion["files"]> {
  const { source, storage, loggedModelId } = version;
  const isPrompt = [...model.tags, ...version.tags].some(([key, value]) => key === promptTag && /^true$/i.test(value));
  if (isPrompt) return null;
  if (loggedModelId && task.seen.has(loggedModelId)) return { owner: loggedModelId, path: "" };
  const place = placeOf(source) ?? placeOf(storage);
  if (place && task.seen.has(place.owner)) {
    const logged = task.modelsOfRuns.get(`${place.owner}/${place.path}`);
    // A model that is logged as such has its files with itself; one of an older client has them with the run.
    return logged && /^runs:/.test(source) ? { owner: logged, path: "" } : place;
  }
  const uri = placeOf(storage) || storage === "" ? source : storage;
  const files = await copyFiles(task, { kind: "folder", id: `${model.name}/${version.version}`, uri });
  if (files.length === 0) {
    task.complain(
      `model/${model.name}/${version.version}`,
      `its files (${source}) were not found; it is taken over without them`,
    );
    return null;
  }
  const { digest } = await task.client.blob.createTree({ params: task.params, body: { files } });
  return { tree: digest };
}

/** The run, or logged model, and the path that an address names. */
function placeOf(uri: string): { owner: string; path: string } | undefined {
  const [, owner, path = ""] =
    /^runs:\/*([0-9a-f]{32})\/?(.*)$/.exec(uri) ??
    /\/models\/(m-[0-9a-f]{32})\/artifacts\/?(.*)$/.exec(uri) ??
    /\/([0-9a-f]{32})\/artifacts\/?(.*)$/.exec(uri) ??
    [];
  return owner ? { owner, path: path.replace(/\/+$/, "") } : undefined;
}
