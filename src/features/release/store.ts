import type { Updateable } from "kysely";
import { notFound } from "../../contract/errors.ts";
import type { Release, ReleaseStage } from "../../contract/release.ts";
import type { Stage } from "../../contract/stage.ts";
import type { Db } from "../../platform/db/tables.ts";
import type { DecisionTable, ReleaseStageTable, ReleaseTable } from "./schema.ts";

/** The stage that a release goes through, as it was when the release was made. */
export type StageDefinition = Pick<Stage, "name" | "endpoint" | "alias" | "checks">;
export type CheckResult = ReleaseStage["checks"][number];

export async function getRow(db: Db, workspace: string, number: number): Promise<ReleaseTable> {
  const row = await db
    .selectFrom("release")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("number", "=", number)
    .executeTakeFirst();
  if (!row) throw notFound("release", String(number), "List them with `trainyard release list`.");
  return row;
}

export const findByKey = (db: Db, workspace: string, key: string) =>
  db
    .selectFrom("release")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("idempotency_key", "=", key)
    .executeTakeFirst();

export function listRows(db: Db, workspace: string, limit: number, before?: number): Promise<ReleaseTable[]> {
  let select = db.selectFrom("release").selectAll().where("workspace", "=", workspace);
  if (before !== undefined) select = select.where("number", "<", before);
  return select.orderBy("number", "desc").limit(limit).execute();
}

export async function listRowsOfBuilds(
  db: Db,
  workspace: string,
  builds: number[],
  limit: number,
): Promise<ReleaseTable[]> {
  if (builds.length === 0) return [];
  return db
    .selectFrom("release")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("build", "in", builds)
    .orderBy("number", "desc")
    .limit(limit)
    .execute();
}

export async function updateRelease(
  db: Db,
  workspace: string,
  number: number,
  change: Updateable<ReleaseTable>,
): Promise<void> {
  await db
    .updateTable("release")
    .set(change)
    .where("workspace", "=", workspace)
    .where("number", "=", number)
    .where("ended_at", "is", null)
    .execute();
}

export async function updateStage(
  db: Db,
  key: { workspace: string; release: number; stage: string },
  change: Updateable<ReleaseStageTable>,
): Promise<void> {
  await db
    .updateTable("release_stage")
    .set(change)
    .where("workspace", "=", key.workspace)
    .where("release", "=", key.release)
    .where("stage", "=", key.stage)
    .execute();
}

export async function getStageRow(
  db: Db,
  key: { workspace: string; release: number; stage: string },
): Promise<ReleaseStageTable> {
  const row = await db
    .selectFrom("release_stage")
    .selectAll()
    .where("workspace", "=", key.workspace)
    .where("release", "=", key.release)
    .where("stage", "=", key.stage)
    .executeTakeFirst();
  if (!row) throw notFound(`stage of release ${key.release}`, key.stage);
  return row;
}

export const definitionOf = (row: ReleaseStageTable): StageDefinition => JSON.parse(row.definition);

/** Puts results in place of earlier ones of the same type: of several checks of a type, in their order. */
export function mergeResults(row: Pick<ReleaseStageTable, "results">, fresh: CheckResult[]): string {
  const left = [...fresh];
  const kept = (JSON.parse(row.results) as CheckResult[]).map((known) => {
    const at = left.findIndex((result) => result.type === known.type);
    return at < 0 ? known : left.splice(at, 1)[0]!;
  });
  return JSON.stringify([...kept, ...left]);
}

export const listDecisions = (db: Db, workspace: string, release: number, stage: string): Promise<DecisionTable[]> =>
  db
    .selectFrom("release_decision")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("release", "=", release)
    .where("stage", "=", stage)
    .orderBy("at")
    .execute();

/** Releases with their stages and decisions. */
export async function releasesOf(db: Db, rows: ReleaseTable[]): Promise<Release[]> {
  const [first] = rows;
  if (!first) return [];
  const numbers = rows.map((row) => row.number);
  const [stages, decisions] = await Promise.all([
    db
      .selectFrom("release_stage")
      .selectAll()
      .where("workspace", "=", first.workspace)
      .where("release", "in", numbers)
      .orderBy("position")
      .execute(),
    db
      .selectFrom("release_decision")
      .selectAll()
      .where("workspace", "=", first.workspace)
      .where("release", "in", numbers)
      .orderBy("at")
      .execute(),
  ]);
  return rows.map((row) => ({
    number: row.number,
    state: row.state as Release["state"],
    build: row.build,
    trigger: row.trigger,
    manifestDigest: row.manifest_digest,
    createdAt: row.created_at,
    endedAt: row.ended_at,
    createdBy: { id: row.created_by_id, name: row.created_by_name },
    stages: stages
      .filter((stage) => stage.release === row.number)
      .map((stage) =>
        stageOf(
          stage,
          decisions.filter((it) => it.release === row.number && it.stage === stage.stage),
        ),
      ),
  }));
}

const stageOf = (row: ReleaseStageTable, decisions: DecisionTable[]): ReleaseStage => ({
  stage: row.stage,
  state: row.state as ReleaseStage["state"],
  checks: JSON.parse(row.results) as CheckResult[],
  decisions: decisions.map((it) => ({
    stage: it.stage,
    decision: it.decision,
    by: { id: it.user_id, name: it.user_name },
    at: it.at,
    comment: it.comment,
    manifestDigest: it.manifest_digest,
  })),
  startedAt: row.started_at,
  endedAt: row.ended_at,
  endpoint: definitionOf(row).endpoint,
  deployment: row.deployment,
  error: row.error,
});
