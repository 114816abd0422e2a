import { Problem } from "../../contract/errors.ts";
import {
  type ImportedExperiment,
  type ImportedLoggedModel,
  type ImportedRun,
  type ImportSummary,
  importSummarySchema,
  type Series,
} from "../../contract/import.ts";
import { differencesOf } from "../../contract/import-summary.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { missingBlobs } from "../blob/index.ts";
import {
  importArtifact,
  importExperiment,
  importLoggedModel,
  importPoints,
  importRun,
  listFiles,
  summaryOfLoggedModel,
  summaryOfRun,
} from "../run/index.ts";
import * as store from "./store.ts";

export interface ImportIssue {
  subject: string;
  message: string;
}

export async function importExperiments(ctx: Ctx, workspace: string, wanted: ImportedExperiment[]) {
  return transaction(ctx, async (tx) => {
    const items: { source: string; id: string }[] = [];
    for (const experiment of wanted)
      items.push({ source: experiment.source, id: await importExperiment(tx, workspace, experiment) });
    return { items };
  });
}

/** Those that were found equal once, with what was there then. */
export async function knownOf(ctx: Ctx, workspace: string, ids: string[]) {
  const rows = await store.listImported(ctx.db, workspace, ids);
  return {
    items: rows
      .filter((row) => row.fingerprint !== "")
      .map(({ id, fingerprint, summary }) => ({
        id,
        fingerprint,
        summary: importSummarySchema.parse(JSON.parse(summary)),
      })),
  };
}

export const importRuns = (ctx: Ctx, workspace: string, runs: ImportedRun[]) =>
  importAll(ctx, workspace, { noun: "run", items: runs, write: importRun });

export const importLoggedModels = (ctx: Ctx, workspace: string, models: ImportedLoggedModel[]) =>
  importAll(ctx, workspace, { noun: "logged-model", items: models, write: importLoggedModel });

interface Batch<T extends { id: string; experimentId: string }> {
  noun: string;
  items: T[];
  write(tx: Ctx, workspace: string, item: T, mayReplace: boolean): Promise<string[]>;
}

interface Outcome {
  issues: ImportIssue[];
  /** Ids of what was not written at all. */
  refused: string[];
}

/** All in one transaction, and if that fails one by one, so that one that cannot be written does not stop the rest. */
async function importAll<T extends { id: string; experimentId: string }>(
  ctx: Ctx,
  workspace: string,
  batch: Batch<T>,
): Promise<Outcome> {
  const [first] = batch.items;
  if (!first) return { issues: [], refused: [] };
  try {
    return await writeBatch(ctx, workspace, batch);
  } catch (error) {
    if (!isAboutTheItem(error)) throw error;
    if (batch.items.length === 1)
      return { issues: [{ subject: `${batch.noun}/${first.id}`, message: error.message }], refused: [first.id] };
    const outcome: Outcome = { issues: [], refused: [] };
    for (const item of batch.items) {
      const one = await importAll(ctx, workspace, { ...batch, items: [item] });
      outcome.issues.push(...one.issues);
      outcome.refused.push(...one.refused);
    }
    return outcome;
  }
}

/** We refuse a value, or the database does (PostgreSQL: a NUL character). */
const isAboutTheItem = (error: unknown): error is Error =>
  error instanceof Problem || /^22\w{3}$/.test((error as { code?: string }).code ?? "");

async function writeBatch<T extends { id: string; experimentId: string }>(
  ctx: Ctx,
  workspace: string,
  { noun, items, write }: Batch<T>,
): Promise<Outcome> {
  return transaction(ctx, async (tx) => {
    const ids = items.map((item) => item.id);
    const known = new Set((await store.listImported(tx.db, workspace, ids)).map((row) => row.id));
    const issues: ImportIssue[] = [];
    const written: T[] = [];
    for (const item of items) {
      const messages = await write(tx, workspace, item, known.has(item.id));
      issues.push(...messages.map((message) => ({ subject: `${noun}/${item.id}`, message })));
      if (messages.length === 0 || known.has(item.id)) written.push(item);
    }
    const writtenIds = written.map((item) => item.id);
    await store.begin(tx.db, workspace, writtenIds, tx.clock.now());
    for (const [experiment, some] of Map.groupBy(written, (item) => item.experimentId))
      record(tx, {
        ...{ workspace, type: `${noun}.imported`, subject: `experiment/${experiment}` },
        data: { ids: some.map((item) => item.id) },
      });
    return { issues, refused: ids.filter((id) => !writtenIds.includes(id)) };
  });
}

/** Writes points of runs that came from elsewhere, and of no others. */
export async function importSeries(ctx: Ctx, workspace: string, series: Series[]): Promise<undefined> {
  const ids = [...new Set(series.map((one) => one.runId))];
  const known = new Set((await store.listImported(ctx.db, workspace, ids)).map((row) => row.id));
  const other = ids.find((id) => !known.has(id));
  if (other) throw new Problem("conflict", `The run ${other} was not imported.`, { hint: "Import the run first." });
  await importPoints(ctx, workspace, series);
}

/** The files of what came from elsewhere. */
export async function filesOf(ctx: Ctx, workspace: string, owner: string) {
  const [known] = await store.listImported(ctx.db, workspace, [owner]);
  return { files: known ? await listFiles(ctx, owner, "") : [] };
}

export async function importArtifacts(
  ctx: Ctx,
  workspace: string,
  files: { owner: string; path: string; digest: string; size: number }[],
): Promise<{ issues: ImportIssue[] }> {
  const owners = [...new Set(files.map((file) => file.owner))];
  const imported = new Set((await store.listImported(ctx.db, workspace, owners)).map((row) => row.id));
  const missing = new Set(await missingBlobs(ctx, workspace, [...new Set(files.map((file) => file.digest))]));
  const issues: ImportIssue[] = [];
  await transaction(ctx, async (tx) => {
    issues.length = 0;
    for (const file of files) {
      const refuse = (message: string) => issues.push({ subject: `${file.owner}/${file.path}`, message });
      if (!imported.has(file.owner)) refuse("what it belongs to was not imported");
      else if (missing.has(file.digest)) refuse("its content is not stored");
      else
        await importArtifact(tx, file.owner, file).catch((error) => {
          if (!(error instanceof Problem)) throw error;
          refuse(error.message);
        });
    }
  });
  return { issues };
}

interface Claim {
  id: string;
  fingerprint: string;
  there: ImportSummary;
}

/** Puts down what is here, and remembers as done what equals what is there. */
export async function verify(ctx: Ctx, workspace: string, claims: Claim[]) {
  const items: { id: string; here: ImportSummary | null }[] = [];
  const equal: Claim[] = [];
  for (const claim of claims) {
    const here = await summaryOf(ctx, workspace, claim.id);
    items.push({ id: claim.id, here });
    if (here && differencesOf(claim.there, here).length === 0) equal.push(claim);
  }
  const now = ctx.clock.now();
  await store.complete(
    ctx.db,
    equal.map(({ id, fingerprint, there }) => ({
      ...{ workspace, id, fingerprint, summary: JSON.stringify(there), updated_at: now },
    })),
  );
  return { items };
}

async function summaryOf(ctx: Ctx, workspace: string, id: string): Promise<ImportSummary | null> {
  try {
    return await (id.startsWith("m-") ? summaryOfLoggedModel(ctx, workspace, id) : summaryOfRun(ctx, workspace, id));
  } catch (error) {
    if (error instanceof Problem && error.code === "not_found") return null;
    throw error;
  }
}
