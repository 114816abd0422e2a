import { conflict, notFound } from "../../contract/errors.ts";
import type { Check, Stage } from "../../contract/stage.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { canonicalJson } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";
import { validateChecks } from "./checks.ts";
import type { StageTable } from "./schema.ts";

interface Wanted {
  workspace: string;
  name: string;
  order: number;
  endpoint: string;
  alias: string | null;
  checks: Check[];
}

const stageOf = (row: StageTable): Stage => ({
  name: row.name,
  order: row.position,
  endpoint: row.endpoint,
  alias: row.alias,
  checks: JSON.parse(row.checks) as Check[],
  release: row.release,
  updatedAt: row.updated_at,
});

/** Stages in the order in which releases go through them. */
export async function listStages(ctx: Ctx, workspace: string): Promise<Stage[]> {
  const rows = await ctx.db
    .selectFrom("stage")
    .selectAll()
    .where("workspace", "=", workspace)
    .orderBy("position")
    .orderBy("name")
    .execute();
  return rows.map(stageOf);
}

export async function getStage(ctx: Ctx, workspace: string, name: string): Promise<Stage> {
  const row = await ctx.db
    .selectFrom("stage")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .executeTakeFirst();
  if (!row) throw notFound("stage", name, "List them with `trainyard stage list`.");
  return stageOf(row);
}

/** Creates a stage, or replaces its place, endpoint and checks; what it serves stays. */
export async function putStage(ctx: Ctx, wanted: Wanted): Promise<Stage> {
  validateChecks(wanted.name, wanted.checks);
  return transaction(ctx, async (tx) => {
    const { workspace, name, endpoint } = wanted;
    const stages = await listStages(tx, workspace);
    const other = stages.find((stage) => stage.endpoint === endpoint && stage.name !== name);
    if (other) {
      throw conflict(
        `Stage "${other.name}" deploys to endpoint "${endpoint}" already.`,
        "Give each stage an endpoint of its own, so that one does not replace what the other serves.",
      );
    }
    const before = stages.find((stage) => stage.name === name);
    const change = {
      position: wanted.order,
      endpoint,
      alias: wanted.alias,
      checks: canonicalJson(wanted.checks),
      updated_at: tx.clock.now(),
    };
    await tx.db
      .insertInto("stage")
      .values({ workspace, name, release: null, ...change })
      .onConflict((known) => known.columns(["workspace", "name"]).doUpdateSet(change))
      .execute();
    const data = { order: wanted.order, endpoint, alias: wanted.alias, checks: wanted.checks };
    record(tx, { workspace, type: "stage.changed", subject: `stage/${name}`, data: { ...data, created: !before } });
    return getStage(tx, workspace, name);
  });
}

/** The stage, for this transaction alone: of two releases that take it over at once the second sees the first. */
export async function takeStage(tx: Ctx, workspace: string, name: string): Promise<Stage> {
  await tx.db
    .updateTable("stage")
    .set((eb) => ({ release: eb.ref("release") }))
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .execute();
  return getStage(tx, workspace, name);
}

/** A stage serves a release from now on. */
export async function noteServed(tx: Ctx, workspace: string, name: string, release: number): Promise<void> {
  await tx.db
    .updateTable("stage")
    .set({ release })
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .execute();
}
