import { notFound, Problem } from "../../contract/errors.ts";
import type { Connection } from "../connection.ts";
import { copyModel } from "./copy-models.ts";
import { copyLoggedModels, copyRuns } from "./copy-runs.ts";
import { openDatabaseSource } from "./database.ts";
import type { ImportProgress } from "./progress.ts";
import { openRestSource } from "./rest.ts";
import type { Source, SourceExperiment, SourceOptions } from "./source.ts";
import { Tally } from "./tally.ts";
import type { Import } from "./target.ts";

export interface ImportOptions {
  from: string;
  /** Names; all when there are none. */
  experiments: string[];
  includeDeleted: boolean;
  artifactFolders: string[];
  fromWorkspace: string;
  again: boolean;
  dryRun: boolean;
  /** Stops at the first thing that cannot be taken over. */
  strict: boolean;
}

export interface ImportReport {
  source: string;
  description: string;
  leftOut: Map<string, number>;
  tally: Tally;
}

/** Copies what a tracking server has into a workspace, and compares both sides. Run again, it goes on. */
export async function importFrom(
  connection: Connection,
  options: ImportOptions,
  progress: ImportProgress,
): Promise<ImportReport> {
  const tally = new Tally();
  const complain = (subject: string, message: string) => {
    tally.issues.push({ subject, message });
    if (!options.strict) return;
    throw new Problem("unprocessable", `${subject}: ${message}`, {
      hint: "Without --strict this is reported and the import goes on.",
    });
  };
  const { includeDeleted, artifactFolders, fromWorkspace: workspace } = options;
  const source = await openSource(options.from, { includeDeleted, artifactFolders, workspace, complain });
  try {
    const { client, params } = connection;
    const task: Import = {
      ...{ source, client, params, tally, progress, complain, again: options.again, dryRun: options.dryRun },
      ...{ seen: new Set(), modelsOfRuns: new Map() },
    };
    const experiments = await chosen(source, options);
    const ids = await copyExperiments(task, experiments);
    for (const experiment of experiments) {
      progress.experiment = experiment.name;
      const id = ids.get(experiment.id)!;
      for await (const runs of source.runs(experiment.id)) await copyRuns(task, id, runs);
      for await (const models of source.loggedModels(experiment.id)) await copyLoggedModels(task, id, models);
    }
    progress.experiment = "registered models";
    for await (const model of source.models()) await copyModel(task, model, options.experiments.length > 0);
    return { source: source.address, description: source.description, leftOut: await source.leftOut(), tally };
  } finally {
    await source.close();
  }
}

function openSource(uri: string, options: SourceOptions): Promise<Source> {
  if (/^https?:/.test(uri)) return openRestSource(uri, options);
  if (/^(sqlite|postgres(ql)?)(\+\w+)?:/.test(uri)) return openDatabaseSource(uri, options);
  throw new Problem("invalid", `"${uri}" is no address of an MLflow server that can be read.`, {
    hint: "http://…, https://…, sqlite:///path/mlflow.db or postgresql://…. For another store, a folder ./mlruns too, import from a running server.",
  });
}

async function chosen(source: Source, options: ImportOptions): Promise<SourceExperiment[]> {
  const all = await source.experiments();
  const missing = options.experiments.find((name) => !all.some((experiment) => experiment.name === name));
  if (missing !== undefined) {
    const names = all.map((experiment) => experiment.name);
    throw notFound(
      "experiment",
      missing,
      `The source has: ${names.slice(0, 20).join(", ")}${names.length > 20 ? ", …" : ""}.`,
    );
  }
  return all.filter((experiment) => {
    if (options.experiments.length > 0) return options.experiments.includes(experiment.name);
    return options.includeDeleted || experiment.lifecycleStage === "active";
  });
}

/** The ids of the experiments here, by the ids that they have there. */
async function copyExperiments(task: Import, experiments: SourceExperiment[]): Promise<Map<string, string>> {
  if (task.dryRun) {
    task.tally.add("experiments", experiments.length, 0);
    return new Map(experiments.map(({ id }) => [id, id]));
  }
  const ids = new Map<string, string>();
  for (let from = 0; from < experiments.length; from += 500) {
    const part = experiments.slice(from, from + 500);
    const body = {
      experiments: part.map(({ id, ...experiment }) => ({
        ...experiment,
        source: `${task.source.address}#/experiments/${id}`,
      })),
    };
    const { items } = await task.client.import.experiments({ params: task.params, body });
    for (const [index, { id }] of part.entries()) ids.set(id, items[index]!.id);
  }
  task.tally.add("experiments", experiments.length, ids.size);
  return ids;
}
