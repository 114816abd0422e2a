import { type Insertable, type SelectQueryBuilder, sql } from "kysely";
import { notFound } from "../../contract/errors.ts";
import { listTasks, type Task } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { bulkInsert } from "../../platform/db/bulk.ts";
import { holding } from "../../platform/db/hold.ts";
import { prepared } from "../../platform/db/prepared.ts";
import type { Db, Tables } from "../../platform/db/tables.ts";
import type { JobStepTable, JobTable, StepResultTable } from "./schema.ts";
import { tagsOfJob } from "./tag.ts";

export async function getJobRow(db: Db, id: string): Promise<JobTable> {
  const row = await db.selectFrom("job").selectAll().where("id", "=", id).executeTakeFirst();
  if (!row) throw notFound("job", id);
  return row;
}

/** A job that is named by its id, or by its name. */
export const findJob = (ctx: Ctx, workspace: string, named: string): Promise<JobTable> =>
  ofNamed(named, inWorkspace(ctx.db, workspace).selectAll());

/** The same, and nobody else changes it until the transaction ends. */
export const takeJob = (tx: Ctx, workspace: string, named: string): Promise<JobTable> =>
  ofNamed(named, holding(tx.db, inWorkspace(tx.db, workspace).selectAll()));

/** All of a job but its definition, which may be megabytes. */
export const findHead = (ctx: Ctx, workspace: string, named: string): Promise<Omit<JobTable, "definition">> =>
  ofNamed(named, inWorkspace(ctx.db, workspace).select(headColumns));

const inWorkspace = (db: Db, workspace: string) => db.selectFrom("job").where("workspace", "=", workspace);

/**
 * By its id, else the newest of that name, of which those that are not deleted go first. Asked at once, both would be
 * looked for in every job of the workspace.
 */
async function ofNamed<Row>(named: string, jobs: SelectQueryBuilder<Tables, "job", Row>): Promise<Row> {
  const byId = await jobs.where("id", "=", named).executeTakeFirst();
  if (byId) return byId;
  const row = await jobs
    .where("name", "=", named)
    .orderBy(sql`case when deleted_at is null then 0 else 1 end`)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  if (!row) throw notFound("job", named, "List them with `trainyard job list`.");
  return row;
}

/** The same of the job at the outside: of one that a trial or an item started, the one that started that, and so on. */
export async function findOutermost(ctx: Ctx, workspace: string, id: string): Promise<Omit<JobTable, "definition">> {
  const head = await findHead(ctx, workspace, id);
  return head.parent_job_id === null ? head : findOutermost(ctx, workspace, head.parent_job_id);
}

const headColumns = [
  ...(["id", "workspace", "name", "display_name", "type", "experiment", "state", "error", "trigger"] as const),
  ...(["run_id", "execution_id", "registered", "idempotency_key", "created_at", "started_at", "ended_at"] as const),
  ...([
    "created_by_id",
    "created_by_name",
    "written_by_id",
    "origin_job_id",
    "relation",
    "origin_step",
    "recovers",
  ] as const),
  ...(["archived_at", "deleted_at", "purging", "parent_job_id", "parent_step", "parent_run_id", "run_tags"] as const),
  ...(["tags", "description"] as const),
] satisfies (keyof JobTable)[];

/** The tags that somebody gave a job, if it is there still. */
export async function tagsOf(db: Db, id: string): Promise<Record<string, string>> {
  const row = await tagsById.first(db, { id });
  return row ? tagsOfJob(row) : {};
}

const tagsById = prepared<{ id: string }, Pick<JobTable, "tags">>((db, value) =>
  db.selectFrom("job").select("tags").where("id", "=", value("id")),
);

/** What a reference names: a job by its id, else the newest of that name that is not deleted. */
export async function findNamed(db: Db, workspace: string, named: string): Promise<JobTable | undefined> {
  const jobs = inWorkspace(db, workspace).selectAll();
  const byId = await jobs.where("id", "=", named).executeTakeFirst();
  const byName = jobs.where("name", "=", named).where("deleted_at", "is", null).orderBy("id", "desc").limit(1);
  return byId ?? byName.executeTakeFirst();
}

/** The task of a step, or of what the server added to the job. */
export async function requireTask(
  ctx: Ctx,
  { id, execution_id }: Pick<JobTable, "id" | "execution_id">,
  step: string,
): Promise<Task> {
  const [task] = await listTasks(ctx, execution_id, [step]);
  if (!task) throw notFound("step", step, `Job ${id} has other steps; see \`trainyard job show ${id}\`.`);
  return task;
}

/** The jobs that something started and that have not ended, the oldest first. */
export async function listRunningOf(db: Db, workspace: string, trigger: string): Promise<string[]> {
  const rows = await db
    .selectFrom("execution")
    .innerJoin("job", "job.id", "execution.subject")
    .select("job.id")
    .where("execution.workspace", "=", workspace)
    .where("execution.state", "=", "running")
    .where("execution.kind", "=", "job")
    .where("job.trigger", "=", trigger)
    .orderBy("execution.id")
    .execute();
  return rows.map(({ id }) => id);
}

export async function findState(db: Db, id: string): Promise<JobTable["state"] | undefined> {
  return (await db.selectFrom("job").select("state").where("id", "=", id).executeTakeFirst())?.state;
}

export const findByIdempotencyKey = (db: Db, workspace: string, key: string) =>
  db
    .selectFrom("job")
    .selectAll()
    .where("workspace", "=", workspace)
    .where("idempotency_key", "=", key)
    .executeTakeFirst();

export const insertJob = (db: Db, row: Insertable<JobTable>) => db.insertInto("job").values(row).execute();

export async function markStarted(tx: Ctx, id: string): Promise<void> {
  await starting.run(tx.db, { id, now: tx.clock.now() });
}

const starting = prepared<{ id: string; now: number }, unknown>((db, value) =>
  db
    .updateTable("job")
    .set({ state: "running", started_at: value("now") })
    .where("id", "=", value("id"))
    .where("state", "=", "queued"),
);

export async function endJob(
  tx: Ctx,
  id: string,
  state: "succeeded" | "failed" | "cancelled",
  error: string | null,
): Promise<void> {
  await tx.db
    .updateTable("job")
    .set((eb) => ({
      ...{ state, error, ended_at: tx.clock.now() },
      // A job whose every step was reused started nothing.
      started_at: eb.fn.coalesce("started_at", "created_at"),
    }))
    .where("id", "=", id)
    .where("ended_at", "is", null)
    .execute();
}

export async function addRegistered(db: Db, id: string, more: string[]): Promise<void> {
  if (more.length === 0) return;
  const { registered } = await getJobRow(db, id);
  const all = [...new Set([...(JSON.parse(registered) as string[]), ...more])];
  await db
    .updateTable("job")
    .set({ registered: JSON.stringify(all) })
    .where("id", "=", id)
    .execute();
}

export const findStep = (db: Db, jobId: string, name: string) => stepOfName.first(db, { jobId, name });

const stepOfName = prepared<{ jobId: string; name: string }, JobStepTable>((db, value) =>
  db.selectFrom("job_step").selectAll().where("job_id", "=", value("jobId")).where("name", "=", value("name")),
);

/** What is known of steps, of which few are named or all are read. */
export async function listSteps(db: Db, jobId: string, names: string[]): Promise<JobStepTable[]> {
  if (names.length === 0) return [];
  const select = db.selectFrom("job_step").selectAll().where("job_id", "=", jobId);
  return names.length > namesAtOnce ? select.execute() : select.where("name", "in", names).execute();
}

/** Names in one statement. */
const namesAtOnce = 500;

export async function putStep(
  db: Db,
  { id, workspace, experiment }: Pick<JobTable, "id" | "workspace" | "experiment">,
  known: Omit<PlainStep, "job_id" | "workspace" | "experiment">,
): Promise<void> {
  await upsertSteps(db, [{ job_id: id, workspace, experiment, ...known }]);
}

/** Attempts are noted by themselves. */
type PlainStep = Omit<JobStepTable, "earlier_attempts">;

const upsertSteps = bulkInsert<PlainStep>(
  "job_step",
  {
    ...({ job_id: "text", workspace: "text", experiment: "text", name: "text", run_id: "text" } as const),
    ...({ key: "text", preimage: "text", reuse: "text" } as const),
  },
  `(job_id, name) do update set workspace = excluded.workspace, experiment = excluded.experiment,
    run_id = excluded.run_id, key = excluded.key, preimage = excluded.preimage, reuse = excluded.reuse`,
);

/** The run of the attempt that is the newest, and what is known of those before it. */
export async function setAttempts(
  db: Db,
  { job_id, name }: Pick<JobStepTable, "job_id" | "name">,
  attempts: Pick<JobStepTable, "run_id" | "earlier_attempts">,
): Promise<void> {
  await db.updateTable("job_step").set(attempts).where("job_id", "=", job_id).where("name", "=", name).execute();
}

/** The newest complete result of a key replaces an earlier one, whose outputs were found damaged. */
export async function keepResult(db: Db, row: StepResultTable): Promise<void> {
  await upsertResults(db, [row]);
}

const upsertResults = bulkInsert<StepResultTable>(
  "step_result",
  {
    ...({ workspace: "text", key: "text", job_id: "text", step: "text", run_id: "text" } as const),
    ...({ outputs: "text", created_at: "bigint" } as const),
  },
  `(workspace, key) do update set job_id = excluded.job_id, step = excluded.step, run_id = excluded.run_id,
    outputs = excluded.outputs, created_at = excluded.created_at`,
);

export const findResult = (db: Db, workspace: string, key: string) =>
  db.selectFrom("step_result").selectAll().where("workspace", "=", workspace).where("key", "=", key).executeTakeFirst();

/** A step of which it is known what its key was made of. */
export interface EarlierStep {
  job_id: string;
  name: string;
  preimage: string;
  created_at: number;
}

const stepsWithJobs = (db: Db) =>
  db
    .selectFrom("job_step")
    .innerJoin("job", "job.id", "job_step.job_id")
    .select(["job_step.job_id", "job_step.name", "job_step.preimage", "job.created_at"])
    .where("job_step.preimage", "is not", null)
    .$narrowType<{ preimage: string }>();

/** The newest steps of a name in the experiment of a job, before that job. */
export const listEarlierSteps = (
  db: Db,
  job: { id: string; workspace: string; experiment: string },
  step: string,
  limit: number,
): Promise<EarlierStep[]> =>
  stepsWithJobs(db)
    .where("job_step.workspace", "=", job.workspace)
    .where("job_step.experiment", "=", job.experiment)
    .where("job_step.name", "=", step)
    .where("job_step.job_id", "<", job.id)
    .orderBy("job_step.job_id", "desc")
    .limit(limit)
    .execute();

export const findStepOf = (db: Db, jobId: string, step: string): Promise<EarlierStep | undefined> =>
  stepsWithJobs(db).where("job.id", "=", jobId).where("job_step.name", "=", step).executeTakeFirst();
