import { type Kysely, sql } from "kysely";
import type { SchemaStep } from "../../platform/db/migrate.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    endpoint: EndpointTable;
    deployment: DeploymentTable;
    /** Files of the models that deployments serve: which blobs a serving node may read. */
    serving_file: { workspace: string; tree: string; digest: string };
    /** One row: the number of the newest change to what is to be served. */
    serving_generation: { id: number; generation: number };
    serving_node: { node: string; url: string; generation: number; heard_at: number };
    reported_deployment: ReportedTable;
    collected_batch: CollectedTable;
  }
}

export interface EndpointTable {
  workspace: string;
  name: string;
  auth_mode: "key" | "none";
  /** The key, sealed; nodes are given only its hash. */
  key_sealed: string;
  key_hash: string;
  created_at: number;
}

export interface DeploymentTable {
  workspace: string;
  endpoint: string;
  name: string;
  model: string;
  version: string;
  digest: string;
  traffic: number;
  collect: number;
  release: number | null;
  created_at: number;
}

/** What a node says of a deployment that it serves. */
export interface ReportedTable {
  node: string;
  workspace: string;
  endpoint: string;
  deployment: string;
  digest: string;
  state: "starting" | "ready" | "failed";
  error: string | null;
  /** JSON: inputs and outputs of the model. */
  signature: string;
  requests: number;
  errors: number;
  p50: number | null;
  p99: number | null;
}

/** A batch of collected rows; its key makes a second delivery of it known. */
export interface CollectedTable {
  node: string;
  workspace: string;
  endpoint: string;
  sequence: number;
  /** Blob with one JSON row a line. */
  digest: string;
  rows: number;
  first_at: number;
  last_at: number;
  received_at: number;
}

export const endpointSchema: SchemaStep = {
  name: "0200-endpoint",
  async up(db) {
    await createServed(db);
    await createReported(db);
    await db.schema
      .createTable("collected_batch")
      .addColumn("node", "text", (column) => column.notNull())
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("endpoint", "text", (column) => column.notNull())
      .addColumn("sequence", "bigint", (column) => column.notNull())
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("rows", "integer", (column) => column.notNull())
      .addColumn("first_at", "bigint", (column) => column.notNull())
      .addColumn("last_at", "bigint", (column) => column.notNull())
      .addColumn("received_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("collected_batch_key", ["workspace", "endpoint", "node", "sequence"])
      .execute();
    await db.schema
      .createIndex("collected_batch_by_time")
      .on("collected_batch")
      .columns(["workspace", "endpoint", "last_at"])
      .execute();
  },
};

async function createServed(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("endpoint")
    .addColumn("workspace", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("auth_mode", "text", (column) => column.notNull())
    .addColumn("key_sealed", "text", (column) => column.notNull())
    .addColumn("key_hash", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("endpoint_key", ["workspace", "name"])
    .execute();
  await db.schema
    .createTable("deployment")
    .addColumn("workspace", "text", (column) => column.notNull())
    .addColumn("endpoint", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("model", "text", (column) => column.notNull())
    .addColumn("version", "text", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("traffic", "integer", (column) => column.notNull())
    .addColumn("collect", "integer", (column) => column.notNull())
    .addColumn("release", "integer")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("deployment_key", ["workspace", "endpoint", "name"])
    .execute();
  await db.schema.createIndex("deployment_by_digest").on("deployment").columns(["digest"]).execute();
  await db.schema
    .createTable("serving_file")
    .addColumn("workspace", "text", (column) => column.notNull())
    .addColumn("tree", "text", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("serving_file_key", ["digest", "workspace", "tree"])
    .execute();
  await db.schema
    .createTable("serving_generation")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("generation", "bigint", (column) => column.notNull())
    .execute();
  await sql`insert into serving_generation (id, generation) values (1, 0)`.execute(db);
}

async function createReported(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("serving_node")
    .addColumn("node", "text", (column) => column.primaryKey())
    .addColumn("url", "text", (column) => column.notNull())
    .addColumn("generation", "bigint", (column) => column.notNull())
    .addColumn("heard_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("reported_deployment")
    .addColumn("node", "text", (column) => column.notNull())
    .addColumn("workspace", "text", (column) => column.notNull())
    .addColumn("endpoint", "text", (column) => column.notNull())
    .addColumn("deployment", "text", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("error", "text")
    .addColumn("signature", "text", (column) => column.notNull())
    .addColumn("requests", "bigint", (column) => column.notNull())
    .addColumn("errors", "bigint", (column) => column.notNull())
    .addColumn("p50", "double precision")
    .addColumn("p99", "double precision")
    .addPrimaryKeyConstraint("reported_deployment_key", ["node", "workspace", "endpoint", "deployment"])
    .execute();
}
