import { invalid, Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import type { GroupedWrite, Written } from "../../platform/db/groups.ts";
import * as facts from "./fact-store.ts";
import { requireLoggedModel } from "./logged-model.ts";
import { insertMetrics } from "./logged-model-store.ts";
import { type Point, storedPoint } from "./metric.ts";
import { activeRun, writeTags } from "./run.ts";
import * as store from "./run-store.ts";
import type { RunTable } from "./schema.ts";

/** A point that also tells how good a logged model is, perhaps on a data set. */
export interface LoggedPoint extends Point {
  modelId?: string;
  datasetName?: string;
  datasetDigest?: string;
}

/** What one call logs to one run. */
export interface Entry {
  workspace: string;
  id: string;
  params: [string, string][];
  metrics: LoggedPoint[];
  tags: [string, string][];
  /** One param was logged by itself: MLflow has other words for refusing it. */
  single?: true;
}

/** Entries for many runs, written with a handful of statements. One that is refused leaves nothing behind. */
export const logWrite: GroupedWrite<Entry, void> = {
  weightOf: ({ params, metrics, tags }) => params.length + metrics.length + tags.length,
  async write(tx, entries) {
    const runs = new Map(
      (await store.findRuns(tx.db, [...new Set(entries.map((entry) => entry.id))])).map((run) => [run.id, run]),
    );
    const params = await knownParams(tx, entries, runs);
    const accepted: Entry[] = [];
    const outcomes: Written<void>[] = [];
    for (const entry of entries) {
      const refused = await refusal(tx, entry, runs, params);
      outcomes.push(refused ? { refused } : { value: undefined });
      if (!refused) accepted.push(entry);
    }
    await writeParams(tx, params.added);
    const points = accepted.flatMap(({ id, metrics }) =>
      metrics.map((point) => ({ run: runs.get(id)!, point: storedPoint(point) })),
    );
    await facts.insertPoints(tx, points);
    await writeModelMetrics(tx, accepted);
    await writeTags(
      tx,
      accepted.flatMap(({ id, tags }) => rowsOf(runs.get(id)!, tags)),
    );
    return outcomes;
  },
};

const rowsOf = (run: RunTable, pairs: [string, string][]): (facts.KeyValue & { run: RunTable })[] =>
  pairs.map(([key, value]) => ({ run, key, value }));

/** The params that are stored or about to be. */
interface Params {
  values: Map<string, string>;
  added: facts.KeyValue[];
}

const nameOf = ({ run, key }: facts.KeyValue) => `${run.number} ${key}`;

async function knownParams(tx: Ctx, entries: Entry[], runs: Map<string, RunTable>): Promise<Params> {
  const wanted = entries.flatMap(({ id, params }) => (runs.has(id) ? rowsOf(runs.get(id)!, params) : []));
  const stored = await facts.findParams(tx, wanted);
  return { values: new Map(stored.map((row) => [`${row.run} ${row.key}`, row.value])), added: [] };
}

/** Why an entry cannot be written; if it can, its params count as known from now on. */
async function refusal(
  tx: Ctx,
  entry: Entry,
  runs: Map<string, RunTable>,
  known: Params,
): Promise<Problem | undefined> {
  try {
    const run = activeRun(runs.get(entry.id), entry.workspace, entry.id);
    const params = rowsOf(run, entry.params);
    refuseChanges(entry, params, known);
    const models = new Set(entry.metrics.flatMap(({ modelId }) => modelId ?? []));
    for (const id of models) await requireLoggedModel(tx, entry.workspace, id);
    for (const row of params) {
      if (known.values.has(nameOf(row))) continue;
      known.values.set(nameOf(row), row.value);
      known.added.push(row);
    }
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

function refuseChanges({ id, single }: Entry, params: facts.KeyValue[], { values }: Params): void {
  const changed = params.filter((row) => (values.get(nameOf(row)) ?? row.value) !== row.value);
  const [first] = changed;
  if (!first) return;
  const old = (row: facts.KeyValue) => values.get(nameOf(row));
  if (single) {
    throw invalid(
      `Changing param values is not allowed. Param with key='${first.key}' was already logged with value='${old(first)}' for run ID='${id}'. Attempted logging new value '${first.value}'.`,
    );
  }
  const list = changed.map((row) => `{'key': '${row.key}', 'old_value': '${old(row)}', 'new_value': '${row.value}'}`);
  throw invalid(
    `Changing param values is not allowed. Params were already logged='[${list.join(", ")}]' for run ID='${id}'.`,
  );
}

/** Another server may have logged one of them meanwhile: then everything is looked at again. */
async function writeParams(tx: Ctx, rows: facts.KeyValue[]): Promise<void> {
  const written = await facts.insertParams(tx, rows);
  if (written < rows.length) throw Object.assign(new Error("A param was logged at the same time."), { code: "40001" });
}

async function writeModelMetrics(tx: Ctx, entries: Entry[]): Promise<void> {
  const rows = entries.flatMap(({ id, metrics }) =>
    metrics
      .filter((point) => point.modelId)
      .map((point) => ({
        ...storedPoint(point),
        run_id: id,
        model_id: point.modelId!,
        dataset_name: point.datasetName ?? "",
        dataset_digest: point.datasetDigest ?? "",
      })),
  );
  await insertMetrics(tx.db, rows);
}
