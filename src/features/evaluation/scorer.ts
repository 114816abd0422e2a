import { invalid, Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { getExperiment } from "../run/index.ts";
import { isObject } from "./fields.ts";
import type { ScorerTable } from "./schema.ts";

/** Whose scorer. */
export interface ScorerName {
  workspace: string;
  experimentId: string;
  name: string;
}

/** Keeps a scorer as the client wrote it; the next version of its name. Nothing of it is ever run here. */
export async function registerScorer(ctx: Ctx, named: ScorerName, serialized: string): Promise<ScorerTable> {
  checkSerialized(serialized);
  const { workspace, name } = named;
  return transaction(ctx, async (tx) => {
    const experiment_id = await experimentOf(tx, named);
    const last = (await versionsOf(tx, named)).at(-1);
    const version = (last?.version ?? 0) + 1;
    const scorer_id = last?.scorer_id ?? tx.ids.next();
    const row = { workspace, experiment_id, name, version, scorer_id, serialized, created_at: tx.clock.now() };
    await tx.db.insertInto("scorer_version").values(row).execute();
    note(tx, "scorer.registered", named, version);
    return row;
  });
}

/** Code in a scorer would run wherever it is loaded, which is not what those who load it expect. */
function checkSerialized(serialized: string): void {
  let parsed: unknown;
  try {
    parsed = JSON.parse(serialized);
  } catch {
    throw invalid("serialized_scorer must be valid JSON");
  }
  if (!isObject(parsed)) throw invalid("serialized_scorer must be a JSON object");
  if (parsed.call_source !== undefined && parsed.call_source !== null) {
    throw invalid("Scorers made from a decorated function cannot be registered: their source would be run.", {
      hint: "Register a scorer that is made of instructions, or one that MLflow has built in.",
    });
  }
}

/** The newest version of each name. */
export async function listScorers(ctx: Ctx, workspace: string, experimentId: string): Promise<ScorerTable[]> {
  const all = await select(ctx, { workspace, experimentId: await experimentOf(ctx, { workspace, experimentId }) });
  const newest = new Map(all.map((row) => [row.name, row]));
  return [...newest.values()];
}

/** Oldest first. */
export async function listScorerVersions(ctx: Ctx, named: ScorerName): Promise<ScorerTable[]> {
  const versions = await versionsOf(ctx, named);
  if (versions.length === 0) throw missing(named);
  return versions;
}

/** The newest, unless a version is named. */
export async function getScorer(ctx: Ctx, named: ScorerName, version?: number): Promise<ScorerTable> {
  const versions = await versionsOf(ctx, named);
  const found = version === undefined ? versions.at(-1) : versions.find((row) => row.version === version);
  if (found) return found;
  throw missing(named, versions.length > 0 ? version : undefined);
}

/** Deletes a version, or all of them. */
export async function deleteScorer(ctx: Ctx, named: ScorerName, version?: number): Promise<void> {
  await transaction(ctx, async (tx) => {
    const { workspace, experiment_id, name } = await getScorer(tx, named, version);
    const query = tx.db
      .deleteFrom("scorer_version")
      .where("workspace", "=", workspace)
      .where("experiment_id", "=", experiment_id)
      .where("name", "=", name);
    await (version === undefined ? query : query.where("version", "=", version)).execute();
    note(tx, "scorer.deleted", named, version);
  });
}

async function versionsOf(ctx: Ctx, named: ScorerName): Promise<ScorerTable[]> {
  const experimentId = await experimentOf(ctx, named);
  return (await select(ctx, { workspace: named.workspace, experimentId })).filter((row) => row.name === named.name);
}

const select = (ctx: Ctx, { workspace, experimentId }: { workspace: string; experimentId: number }) =>
  ctx.db
    .selectFrom("scorer_version")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("experiment_id", "=", experimentId)
    .orderBy("name")
    .orderBy("version")
    .execute();

const experimentOf = async (ctx: Ctx, { workspace, experimentId }: Omit<ScorerName, "name">): Promise<number> =>
  Number((await getExperiment(ctx, workspace, experimentId)).id);

const missing = ({ name, experimentId }: ScorerName, version?: number) =>
  new Problem(
    "not_found",
    `Scorer with name '${name}'${version === undefined ? "" : ` and version ${version}`} not found for experiment ${experimentId}.`,
  );

const note = (tx: Ctx, type: string, { workspace, experimentId, name }: ScorerName, version?: number) =>
  record(tx, { workspace, type, subject: `scorer/${experimentId}/${name}`, data: { version: version ?? null } });
