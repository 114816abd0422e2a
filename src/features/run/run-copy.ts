import { type RawBuilder, sql } from "kysely";
import type { Ctx } from "../../platform/context.ts";
import * as facts from "./fact-store.ts";
import { type RunRef, withKeys } from "./run-key.ts";
import { createRun } from "./run-start.ts";
import * as store from "./run-store.ts";
import { attemptTags, runTags } from "./tags.ts";

/** Tags that belong to one run, and not to what it found out. */
const ownTags = new Set<string>([...Object.values(runTags), ...Object.values(attemptTags)]);

/**
 * Starts a run with the params, metrics, tags, artifacts and models of another, so that whoever reads this one finds
 * what the other found out, but for some of its tags. Of a run that was purged there is nothing to take. Gives the id.
 */
export async function copyRun(
  tx: Ctx,
  fromId: string,
  wanted: Parameters<typeof createRun>[1],
  without: string[] = [],
): Promise<string> {
  const from = await store.findRun(tx.db, fromId);
  if (!from) return createRun(tx, wanted);
  const tags = await facts.listTexts(tx, "run_tag", from.number);
  const isKept = ({ key }: { key: string }): boolean => !ownTags.has(key) && !without.includes(key);
  const kept = tags.filter(isKept).map(({ key, value }) => [key, value]);
  const id = await createRun(tx, { ...wanted, tags: { ...Object.fromEntries(kept), ...wanted.tags } });
  const to = (await store.findRun(tx.db, id))!;
  await copyKeys(tx, "param", "run_param", from, to);
  await copyKeys(tx, "metric", "run_latest_metric", from, to);
  await copyFacts(
    tx,
    "run_param",
    sql`key, head, rest, started_at`,
    sql`k.number, f.head, f.rest, ${to.started_at}`,
    from,
    to,
  );
  const point = sql`f.step, f.timestamp, f.value, f.is_nan`;
  await copyFacts(tx, "run_metric", sql`key, step, timestamp, value, is_nan`, sql`k.number, ${point}`, from, to);
  await copyFacts(
    tx,
    "run_latest_metric",
    sql`key, step, timestamp, value, is_nan, started_at`,
    sql`k.number, ${point}, ${to.started_at}`,
    from,
    to,
  );
  await sql`insert into artifact (owner, path, digest, size)
    select ${id}, path, digest, size from artifact where owner = ${fromId}`.execute(tx.db);
  await sql`insert into run_model (run_id, model_id, role, step)
    select ${id}, model_id, role, step from run_model where run_id = ${fromId}`.execute(tx.db);
  return id;
}

/** Keys are of one experiment: the one of the copy has them too from now on. */
async function copyKeys(
  tx: Ctx,
  kind: "param" | "metric",
  table: "run_param" | "run_latest_metric",
  from: RunRef,
  to: RunRef,
): Promise<void> {
  if (from.experiment_id === to.experiment_id) return;
  const names = await tx.db
    .selectFrom(table)
    .innerJoin("run_key", "run_key.number", `${table}.key`)
    .where(`${table}.run`, "=", from.number)
    .select("run_key.name")
    .execute();
  await withKeys(
    tx,
    kind,
    names.map(({ name }) => ({ run: to, key: name })),
  );
}

async function copyFacts(
  tx: Ctx,
  table: string,
  columns: RawBuilder<unknown>,
  values: RawBuilder<unknown>,
  from: RunRef,
  to: RunRef,
): Promise<void> {
  await sql`insert into ${sql.table(table)} (run, ${columns})
    select ${to.number}, ${values} from ${sql.table(table)} as f
    join run_key as old on old.number = f.key
    join run_key as k on k.workspace = old.workspace and k.kind = old.kind and k.name = old.name
      and k.experiment_id = ${to.experiment_id}
    where f.run = ${from.number}`.execute(tx.db);
}
