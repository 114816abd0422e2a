import type { Kysely } from "kysely";
import type { JobDefinition } from "../../contract/job.ts";
import type { SchemaStep } from "../../platform/db/migrate.ts";
import type { Db, Tables } from "../../platform/db/tables.ts";
import type { JobTable } from "./schema.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    /** The tags of the jobs that are in lists, to find them by. */
    job_tag: { job_id: string; workspace: string; key: string; value: string };
  }
}

export const tagsOfJob = ({ tags }: Pick<JobTable, "tags">): Record<string, string> =>
  JSON.parse(tags ?? "{}") as Record<string, string>;

/** Trials and items are in no list. */
export async function insertTags(db: Db, { id, workspace, parent_job_id, ...row }: Tagged): Promise<void> {
  if (parent_job_id !== null) return;
  const rows = Object.entries(tagsOfJob(row)).map(([key, value]) => ({ job_id: id, workspace, key, value }));
  if (rows.length > 0) await db.insertInto("job_tag").values(rows).execute();
}

type Tagged = Pick<JobTable, "id" | "workspace" | "parent_job_id" | "tags">;

/** The jobs that have a tag: `team=fraud`, or one of the key `team`. */
export function jobsTagged(db: Db, workspace: string, wanted: string) {
  const at = wanted.indexOf("=");
  const jobs = db.selectFrom("job_tag").select("job_id").where("workspace", "=", workspace);
  return at < 0
    ? jobs.where("key", "=", wanted)
    : jobs.where("key", "=", wanted.slice(0, at)).where("value", "=", wanted.slice(at + 1));
}

/** Jobs whose definitions are read together. */
const atOnce = 100;

/** What is said of a job may change later; its definition does not. */
export const jobTagSchema: SchemaStep = {
  name: "0799-job-tag",
  async up(db) {
    await db.schema.alterTable("job").addColumn("tags", "text").execute();
    const description = db.schema.alterTable("job");
    await description.addColumn("description", "text", (column) => column.notNull().defaultTo("")).execute();
    await db.schema
      .createTable("job_tag")
      .addColumn("job_id", "text", (column) => column.notNull())
      .addColumn("workspace", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("value", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("job_tag_key", ["job_id", "key"])
      .execute();
    // Values may be longer than an entry of an index.
    await db.schema.createIndex("job_tag_by_key").on("job_tag").columns(["workspace", "key", "job_id"]).execute();
    await readDefinitions(db as Kysely<Tables>);
  },
};

async function readDefinitions(db: Kysely<Tables>): Promise<void> {
  for (let after = ""; ; ) {
    const rows = await db
      .selectFrom("job")
      .select(["id", "workspace", "parent_job_id", "definition"])
      .where("parent_job_id", "is", null)
      .where("id", ">", after)
      .orderBy("id")
      .limit(atOnce)
      .execute();
    for (const { definition, ...row } of rows) {
      const { tags, description } = JSON.parse(definition) as Partial<JobDefinition>;
      const said = { tags: textOf(tags ?? {}), description: description ?? "" };
      if (said.tags === null && said.description === "") continue;
      await db.updateTable("job").set(said).where("id", "=", row.id).execute();
      await insertTags(db, { ...row, tags: said.tags });
    }
    if (rows.length < atOnce) return;
    after = rows.at(-1)!.id;
  }
}

export const textOf = (tags: Record<string, string>): string | null =>
  Object.keys(tags).length > 0 ? JSON.stringify(tags) : null;
