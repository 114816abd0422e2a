import type { computeKinds } from "../../contract/compute.ts";
import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    compute: ComputeTable;
    quota: QuotaTable;
    agent_capacity: AgentCapacityTable;
  }
}

interface LimitColumns {
  max_steps: number | null;
  max_cpus: number | null;
  max_memory_mb: number | null;
  max_gpus: number | null;
}

export interface ComputeTable extends LimitColumns {
  name: string;
  kind: (typeof computeKinds)[number];
  description: string;
  built_in: number;
  dedicated: number;
  network: number;
}

/** Of a workspace; without a row, nothing is limited. */
export interface QuotaTable extends LimitColumns {
  workspace: string;
  weight: number;
  default_compute: string;
}

/** What an agent said of itself when it last claimed. */
export interface AgentCapacityTable {
  agent: string;
  /** JSON list of the computes that it was started for; null: every one that is not dedicated. */
  computes: string | null;
  slots: number;
  cpus: number;
  memory_mb: number;
  gpus: number;
  container_engine: string | null;
  last_seen_at: number;
}

const builtIn: Omit<ComputeTable, "kind" | "name" | "description"> = {
  ...{ built_in: 1, dedicated: 0, network: 0 },
  ...{ max_steps: null, max_cpus: null, max_memory_mb: null, max_gpus: null },
};

export const computeSchemaStep: SchemaStep = {
  name: "0561-compute",
  async up(db) {
    await db.schema
      .createTable("compute")
      .addColumn("name", "text", (column) => column.primaryKey())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("description", "text", (column) => column.notNull())
      .addColumn("built_in", "integer", (column) => column.notNull())
      .addColumn("dedicated", "integer", (column) => column.notNull())
      .addColumn("network", "integer", (column) => column.notNull())
      .addColumn("max_steps", "integer")
      .addColumn("max_cpus", "double precision")
      .addColumn("max_memory_mb", "integer")
      .addColumn("max_gpus", "integer")
      .execute();
    await db.schema
      .createTable("quota")
      .addColumn("workspace", "text", (column) => column.primaryKey())
      .addColumn("weight", "integer", (column) => column.notNull())
      .addColumn("default_compute", "text", (column) => column.notNull())
      .addColumn("max_steps", "integer")
      .addColumn("max_cpus", "double precision")
      .addColumn("max_memory_mb", "integer")
      .addColumn("max_gpus", "integer")
      .execute();
    await db.schema
      .createTable("agent_capacity")
      .addColumn("agent", "text", (column) => column.primaryKey())
      .addColumn("computes", "text")
      .addColumn("slots", "integer", (column) => column.notNull())
      .addColumn("cpus", "double precision", (column) => column.notNull())
      .addColumn("memory_mb", "integer", (column) => column.notNull())
      .addColumn("gpus", "integer", (column) => column.notNull())
      .addColumn("container_engine", "text")
      .addColumn("last_seen_at", "bigint", (column) => column.notNull())
      .execute();
    const rows: ComputeTable[] = [
      { name: "local", kind: "local", description: "Processes on the machine of an agent", ...builtIn },
      { name: "container", kind: "container", description: "Containers on the machine of an agent", ...builtIn },
    ];
    await db.withTables<{ compute: ComputeTable }>().insertInto("compute").values(rows).execute();
  },
};
