import type { CodeSnapshot } from "../../contract/code-snapshot.ts";
import type { CodeOrigin } from "../../contract/job.ts";
import type { SchemaStep } from "../../platform/db/migrate.ts";
import type { Db } from "../../platform/db/tables.ts";
import type { JobTable } from "./schema.ts";

declare module "../../platform/db/tables.ts" {
  interface Tables {
    /** Apart from the job, which is read at every step. */
    job_code_snapshot: { job_id: string; snapshot: string };
  }
}

/** The tags by which MLflow knows the code of a run. */
export const tagsOf = (snapshot: CodeSnapshot): Record<string, string> => ({
  "mlflow.source.git.commit": snapshot.commit,
  ...(snapshot.branch ? { "mlflow.source.git.branch": snapshot.branch } : {}),
  ...(snapshot.remote ? { "mlflow.source.git.repoURL": snapshot.remote } : {}),
  "mlflow.source.name": snapshot.file,
  "mlflow.source.type": "PROJECT",
});

/** The same for code that was read elsewhere. Only what a repository holds has a commit of it. */
export const tagsOfOrigin = ({ url, commit, folder }: CodeOrigin): Record<string, string> => ({
  ...(commit ? { "mlflow.source.git.commit": commit, "mlflow.source.git.repoURL": url } : {}),
  "mlflow.source.name": folder ? `${url}#${folder}` : url,
  "mlflow.source.type": "PROJECT",
});

export const isSourceTag = (key: string): boolean => key.startsWith("mlflow.source.");

/** Tags of a job's runs that say where its code came from: trials and items have them too. */
export function sourceTagsOf({ run_tags }: Pick<JobTable, "run_tags">): Record<string, string> {
  const tags = Object.entries(JSON.parse(run_tags ?? "{}") as Record<string, string>);
  return Object.fromEntries(tags.filter(([key]) => isSourceTag(key)));
}

export async function insertSnapshot(db: Db, jobId: string, snapshot: CodeSnapshot): Promise<void> {
  await db
    .insertInto("job_code_snapshot")
    .values({ job_id: jobId, snapshot: JSON.stringify(snapshot) })
    .execute();
}

export async function snapshotOf(db: Db, jobId: string): Promise<CodeSnapshot | null> {
  const row = await db
    .selectFrom("job_code_snapshot")
    .select("snapshot")
    .where("job_id", "=", jobId)
    .executeTakeFirst();
  return row ? (JSON.parse(row.snapshot) as CodeSnapshot) : null;
}

export const snapshotSchema: SchemaStep = {
  name: "0620-job-code-snapshot",
  async up(db) {
    await db.schema
      .createTable("job_code_snapshot")
      .addColumn("job_id", "text", (column) => column.primaryKey())
      .addColumn("snapshot", "text", (column) => column.notNull())
      .execute();
  },
};
