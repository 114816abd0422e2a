import { prepared } from "../../platform/db/prepared.ts";
import type { Db } from "../../platform/db/tables.ts";
import type { AgentCapacityTable, ComputeTable, QuotaTable } from "./schema.ts";

export const listComputes = (db: Db) => allComputes.all(db, {});

const allComputes = prepared<object, ComputeTable>((db) => db.selectFrom("compute").selectAll().orderBy("name"));

export const findCompute = (db: Db, name: string) => computeOfName.first(db, { name });

const computeOfName = prepared<{ name: string }, ComputeTable>((db, value) =>
  db.selectFrom("compute").selectAll().where("name", "=", value("name")),
);

export async function insertCompute(db: Db, row: ComputeTable): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("compute")
    .values(row)
    .onConflict((already) => already.column("name").doNothing())
    .executeTakeFirst();
  return Number(numInsertedOrUpdatedRows) > 0;
}

export const deleteCompute = (db: Db, name: string) => db.deleteFrom("compute").where("name", "=", name).execute();

export const listQuotas = (db: Db) => allQuotas.all(db, {});

const allQuotas = prepared<object, QuotaTable>((db) => db.selectFrom("quota").selectAll());

export const findQuota = (db: Db, workspace: string) =>
  db.selectFrom("quota").selectAll().where("workspace", "=", workspace).executeTakeFirst();

export async function putQuota(db: Db, row: QuotaTable): Promise<void> {
  const { workspace, ...rest } = row;
  await db
    .insertInto("quota")
    .values(row)
    .onConflict((already) => already.column("workspace").doUpdateSet(rest))
    .execute();
}

/** What agents heard of since then have. */
export async function listCapacities(db: Db, since: number) {
  const rows = await db
    .selectFrom("agent_capacity")
    .selectAll()
    .where("last_seen_at", ">", since)
    .orderBy("agent")
    .execute();
  return rows.map((row) => ({
    id: row.agent,
    computes: row.computes === null ? null : (JSON.parse(row.computes) as string[]),
    slots: row.slots,
    total: { cpus: row.cpus, memoryMb: row.memory_mb, gpus: row.gpus },
    containerEngine: row.container_engine,
    lastSeenAt: row.last_seen_at,
  }));
}

/** How many tasks each agent works on. */
export async function countHeld(db: Db): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom("task")
    .select((eb) => ["holder", eb.fn.countAll<number>().as("count")])
    .where("state", "=", "running")
    .where("holder", "is not", null)
    .groupBy("holder")
    .execute();
  return new Map(rows.map(({ holder, count }) => [holder!, Number(count)]));
}

export async function putCapacity(db: Db, row: AgentCapacityTable): Promise<void> {
  const { agent, ...rest } = row;
  await db
    .insertInto("agent_capacity")
    .values(row)
    .onConflict((already) => already.column("agent").doUpdateSet(rest))
    .execute();
}
