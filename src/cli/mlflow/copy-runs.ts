import type { TreeFile } from "../../contract/common.ts";
import type { ImportSummary } from "../../contract/import.ts";
import {
  differencesOf,
  factsOfLoggedModel,
  factsOfRun,
  listOfFiles,
  type PointsSum,
} from "../../contract/import-summary.ts";
import { digestOf } from "../../platform/digest.ts";
import { inParallel } from "../../platform/parallel.ts";
import { copyFiles } from "./copy-files.ts";
import { copyPoints } from "./copy-points.ts";
import type { SourceLoggedModel, SourceRun } from "./source.ts";
import { type Import, noteLoggedModel } from "./target.ts";

const placesAtOnce = 4;

interface Claim {
  id: string;
  fingerprint: string;
  there: ImportSummary;
}

/** Copies a batch of runs and compares both sides. */
export async function copyRuns(task: Import, experimentId: string, runs: SourceRun[]): Promise<void> {
  for (const run of runs) task.seen.add(run.id);
  const { fresh, done } = await split(task, runs, (run) => run.endedAt !== null && run.state !== "RUNNING");
  const body = { runs: fresh.map(({ latest, artifactUri, ...run }) => ({ ...run, experimentId })) };
  const wanted = await write(task, fresh, () => task.client.import.runs({ params: task.params, body }));
  const points = await copyPoints(task, wanted);
  const claims: Claim[] = [];
  await inParallel(placesAtOnce, wanted, async (run) => {
    const files = await copyFiles(task, { kind: "run", id: run.id, uri: run.artifactUri });
    claims.push({ id: run.id, fingerprint: digestOf(run), there: summaryOfRun(run, points.get(run.id)!, files) });
    task.progress.runs += 1;
  });
  task.progress.runs += done.length;
  await compare(task, "runs", [...claims, ...done]);
  addRefused(task, "runs", fresh.length - wanted.length);
}

export async function copyLoggedModels(task: Import, experimentId: string, models: SourceLoggedModel[]): Promise<void> {
  for (const model of models) noteLoggedModel(task, model);
  const { fresh, done } = await split(task, models, (model) => model.status !== "PENDING");
  const body = { models: fresh.map(({ artifactUri, ...model }) => ({ ...model, experimentId })) };
  const wanted = await write(task, fresh, () => task.client.import.loggedModels({ params: task.params, body }));
  const claims: Claim[] = [];
  await inParallel(placesAtOnce, wanted, async (model) => {
    const files = await copyFiles(task, { kind: "logged-model", id: model.id, uri: model.artifactUri });
    if (files.length === 0 && model.status === "READY") task.complain(`logged-model/${model.id}`, "it has no files");
    claims.push({ id: model.id, fingerprint: digestOf(model), there: summaryOfLoggedModel(model, files) });
  });
  await compare(task, "logged models", [...claims, ...done]);
  addRefused(task, "logged models", fresh.length - wanted.length);
}

/** What has to be copied, and what an earlier import copied and found equal while it was as it is now. */
async function split<T extends { id: string }>(
  task: Import,
  items: T[],
  isOver: (item: T) => boolean,
): Promise<{ fresh: T[]; done: Claim[] }> {
  if (task.dryRun || task.again) return { fresh: items, done: [] };
  const { items: rows } = await task.client.import.known({
    params: task.params,
    body: { ids: items.map((item) => item.id) },
  });
  const known = new Map(rows.map((row) => [row.id, row]));
  const done = items.filter((item) => isOver(item) && known.get(item.id)?.fingerprint === digestOf(item));
  task.tally.skipped += done.length;
  const isDone = new Set(done.map((item) => item.id));
  return {
    fresh: items.filter((item) => !isDone.has(item.id)),
    done: done.map(({ id }) => ({ id, fingerprint: known.get(id)!.fingerprint, there: known.get(id)!.summary })),
  };
}

async function write<T extends { id: string }>(
  task: Import,
  items: T[],
  send: () => Promise<{ issues: { subject: string; message: string }[]; refused: string[] }>,
): Promise<T[]> {
  if (task.dryRun || items.length === 0) return items;
  const { issues, refused } = await send();
  for (const { subject, message } of issues) task.complain(subject, message);
  const gone = new Set(refused);
  return items.filter((item) => !gone.has(item.id));
}

async function compare(task: Import, kind: "runs" | "logged models", claims: Claim[]): Promise<void> {
  if (claims.length === 0) return;
  if (task.dryRun) {
    for (const { there } of claims) task.tally.addSummaries(kind, there, null);
    return;
  }
  const { items } = await task.client.import.verify({ params: task.params, body: { items: claims } });
  for (const [index, { id, there }] of claims.entries()) {
    const here = items[index]!.here;
    task.tally.addSummaries(kind, there, here);
    const differences = here ? differencesOf(there, here) : ["it is not there"];
    if (differences.length === 0) continue;
    task.tally.unequal.push({
      subject: `${kind === "runs" ? "run" : "logged-model"}/${id}`,
      message: `differs: ${differences.join(", ")}`,
    });
  }
}

const addRefused = (task: Import, kind: "runs" | "logged models", count: number): void =>
  task.tally.add(kind, count, 0);

const summaryOfRun = (run: SourceRun, points: PointsSum, files: TreeFile[]): ImportSummary => ({
  facts: digestOf(factsOfRun({ ...run, experimentId: "" })),
  params: run.params.length,
  tags: run.tags.length,
  datasets: run.datasets.length,
  points: points.count,
  pointsSum: points.text,
  ...summaryOfFiles(files),
});

const summaryOfLoggedModel = (model: SourceLoggedModel, files: TreeFile[]): ImportSummary => ({
  facts: digestOf(factsOfLoggedModel({ ...model, experimentId: "" })),
  params: model.params.length,
  tags: model.tags.length,
  datasets: 0,
  points: model.metrics.length,
  pointsSum: "",
  ...summaryOfFiles(files),
});

const summaryOfFiles = (files: TreeFile[]) => ({
  files: files.length,
  bytes: files.reduce((sum, file) => sum + file.size, 0),
  filesDigest: digestOf(listOfFiles(files)),
});
