import { type DatabaseConnection, type Driver, Kysely, type KyselyPlugin, type TransactionSettings } from "kysely";
import { deadlineSchema } from "../../src/engine/deadline-schema.ts";
import { placementSchema } from "../../src/engine/placement-schema.ts";
import { planningSchema } from "../../src/engine/planning-schema.ts";
import { postSchema } from "../../src/engine/post-schema.ts";
import { engineSchema } from "../../src/engine/schema.ts";
import { sqliteDialect } from "../../src/platform/db/sqlite.ts";
import type { Tables } from "../../src/platform/db/tables.ts";

declare module "../../src/platform/db/tables.ts" {
  interface Tables {
    sim_effect: { execution_id: string; task: string; epoch: number; kind: EffectKind };
  }
}

/**
 * What the feature of the simulation wrote: with a result, at the end of a task, at the end of an execution, and before
 * it refused a task.
 */
export type EffectKind = "result" | "task" | "execution" | "begun";

/** How a commit goes: well, not at all, or well and nobody hears of it. */
export type CommitFault = "none" | "lost" | "unheard";

export class StoreFault extends Error {
  readonly code = "ETIMEDOUT";
}

/** Of a commit, not of a query. */
export class CommitFailed extends StoreFault {}

/** SQLite in memory, with the engine's schema, shared by all servers of the simulation; commits fail as `fault` says. */
export async function openStore(fault: () => CommitFault): Promise<Kysely<Tables>> {
  const dialect = sqliteDialect(":memory:");
  const faulty = { ...dialectParts(dialect), createDriver: () => faultyDriver(dialect.createDriver(), fault) };
  const db = new Kysely<Tables>({ dialect: faulty });
  for (const step of [engineSchema, planningSchema, placementSchema, deadlineSchema, postSchema])
    await step.up(db as Kysely<unknown>);
  await db.schema
    .createTable("sim_effect")
    .addColumn("execution_id", "text")
    .addColumn("task", "text")
    .addColumn("epoch", "integer")
    .addColumn("kind", "text")
    .execute();
  return db;
}

const tables = ["execution", "execution_event", "execution_post", "task", "task_need", "sim_effect"] as const;
export async function emptyStore(db: Kysely<Tables>): Promise<void> {
  for (const table of tables) await db.deleteFrom(table).execute();
}

type Dialect = ReturnType<typeof sqliteDialect>;
const dialectParts = (dialect: Dialect) => ({
  createQueryCompiler: () => dialect.createQueryCompiler(),
  createAdapter: () => dialect.createAdapter(),
  createIntrospector: (db: Parameters<Dialect["createIntrospector"]>[0]) => dialect.createIntrospector(db),
});

function faultyDriver(driver: Driver, fault: () => CommitFault): Driver {
  let isOpen = false;
  return {
    init: () => driver.init(),
    acquireConnection: () => driver.acquireConnection(),
    releaseConnection: (connection) => driver.releaseConnection(connection),
    destroy: () => driver.destroy(),
    async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings) {
      await driver.beginTransaction(connection, settings);
      isOpen = true;
    },
    async commitTransaction(connection) {
      const what = fault();
      if (what === "lost") throw new CommitFailed("the store did not take the commit");
      await driver.commitTransaction(connection);
      isOpen = false;
      if (what === "unheard") throw new CommitFailed("the store did not answer in time");
    },
    async rollbackTransaction(connection) {
      if (isOpen) await driver.rollbackTransaction(connection);
      isOpen = false;
    },
  };
}

/** Before each query of one server: throws when the server is dead or the query is to fail; lets others go first. */
export function beforeQueries(look: () => void, pause: () => Promise<void>): KyselyPlugin {
  return {
    transformQuery({ node }) {
      look();
      return node;
    },
    async transformResult({ result }) {
      await pause();
      return result;
    },
  };
}
