import type { Ctx } from "../../platform/context.ts";
import type { Db } from "../../platform/db/tables.ts";
import type { DeploymentTable, EndpointTable } from "./schema.ts";

export interface DeploymentKey {
  workspace: string;
  endpoint: string;
  name: string;
}

export const findEndpoint = (db: Db, workspace: string, name: string) =>
  db.selectFrom("endpoint").selectAll().where("workspace", "=", workspace).where("name", "=", name).executeTakeFirst();

export const listEndpointRows = (db: Db, workspace: string) =>
  db.selectFrom("endpoint").selectAll().where("workspace", "=", workspace).orderBy("name").execute();

export async function insertEndpoint(db: Db, row: EndpointTable): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("endpoint")
    .values(row)
    .onConflict((already) => already.columns(["workspace", "name"]).doNothing())
    .executeTakeFirst();
  return Boolean(numInsertedOrUpdatedRows);
}

export async function deleteEndpointRows(db: Db, workspace: string, name: string): Promise<void> {
  await db.deleteFrom("deployment").where("workspace", "=", workspace).where("endpoint", "=", name).execute();
  await db.deleteFrom("endpoint").where("workspace", "=", workspace).where("name", "=", name).execute();
}

/** Deployments, oldest first. */
export async function listDeploymentRows(db: Db, workspace: string, endpoint?: string): Promise<DeploymentTable[]> {
  let query = db.selectFrom("deployment").selectAll().where("workspace", "=", workspace);
  if (endpoint !== undefined) query = query.where("endpoint", "=", endpoint);
  return query.orderBy("endpoint").orderBy("created_at").orderBy("name").execute();
}

export const findDeployment = (db: Db, key: DeploymentKey) =>
  db
    .selectFrom("deployment")
    .selectAll()
    .where("workspace", "=", key.workspace)
    .where("endpoint", "=", key.endpoint)
    .where("name", "=", key.name)
    .executeTakeFirst();

export const putDeployment = (db: Db, row: DeploymentTable) =>
  db
    .insertInto("deployment")
    .values(row)
    .onConflict((already) => already.columns(["workspace", "endpoint", "name"]).doUpdateSet(row))
    .execute();

export const setDeploymentTraffic = (db: Db, key: DeploymentKey, traffic: number) =>
  db
    .updateTable("deployment")
    .set({ traffic })
    .where("workspace", "=", key.workspace)
    .where("endpoint", "=", key.endpoint)
    .where("name", "=", key.name)
    .execute();

export const deleteDeployment = (db: Db, key: DeploymentKey) =>
  db
    .deleteFrom("deployment")
    .where("workspace", "=", key.workspace)
    .where("endpoint", "=", key.endpoint)
    .where("name", "=", key.name)
    .execute();

/**
 * Every change to what is to be served begins with this: it holds the counter's row, so that changes follow each
 * other and what one has checked is still true when it commits.
 */
export const takeTurn = (tx: Ctx) =>
  tx.db
    .updateTable("serving_generation")
    .set((eb) => ({ generation: eb.ref("generation") }))
    .where("id", "=", 1)
    .execute();

/** Something is to be served otherwise: nodes learn of it once it is committed. */
export async function nextGeneration(tx: Ctx): Promise<void> {
  await tx.db
    .updateTable("serving_generation")
    .set((eb) => ({ generation: eb("generation", "+", 1) }))
    .where("id", "=", 1)
    .execute();
  tx.unit?.afterCommit.push(() => tx.signals.wake("serving"));
}

export async function currentGeneration(db: Db): Promise<number> {
  const row = await db.selectFrom("serving_generation").select("generation").executeTakeFirstOrThrow();
  return row.generation;
}
