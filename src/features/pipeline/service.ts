import type { CodeSnapshot } from "../../contract/code-snapshot.ts";
import { conflict, invalid, notFound, Problem } from "../../contract/errors.ts";
import type { Job, JobDefinition, JobSource } from "../../contract/job.ts";
import type { PublishedPipeline, StartPipeline } from "../../contract/pipeline.ts";
import type { Ctx } from "../../platform/context.ts";
import { takeName } from "../../platform/db/take-name.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { canonicalJson, sha256 } from "../../platform/digest.ts";
import { record } from "../../platform/events/journal.ts";
import { submitJob, validate } from "../job/index.ts";
import { requireWorkspace } from "../workspace/index.ts";
import { requireInputs, withInputs } from "./inputs.ts";
import type { PublishedPipelineTable } from "./schema.ts";

const pipelineOf = (row: PublishedPipelineTable): PublishedPipeline => {
  const definition = JSON.parse(row.definition) as JobDefinition;
  return {
    name: row.name,
    version: row.version,
    description: row.description,
    digest: row.digest,
    inputs: definition.inputs,
    steps: Object.keys(definition.steps).length,
    code: codeOf(row),
    withdrawn: row.withdrawn,
    createdAt: row.created_at,
    createdBy: { id: row.created_by_id, name: row.created_by_name },
  };
};

const snapshotOf = ({ code }: PublishedPipelineTable): CodeSnapshot | undefined =>
  code === null ? undefined : (JSON.parse(code) as CodeSnapshot);

/** Without the changes since the commit, which may be long. */
function codeOf(row: PublishedPipelineTable): PublishedPipeline["code"] {
  const snapshot = snapshotOf(row);
  if (!snapshot) return null;
  const { commit, branch, remote, file, dirty } = snapshot;
  return { commit, branch, remote, file, dirty };
}

interface Publication {
  workspace: string;
  name: string;
  description: string;
  definition?: JobDefinition;
  source?: JobSource;
  code?: CodeSnapshot;
  /** Refuses to add a version to a pipeline that is there. */
  onlyNew?: boolean;
}

/** Publishes a definition as the next version; the newest version again when it is the same. */
export async function publishPipeline(ctx: Ctx, wanted: Publication): Promise<PublishedPipeline> {
  await requireWorkspace(ctx, wanted.workspace);
  const definition = await definitionOf(ctx, wanted);
  const digest = sha256(canonicalJson(definition));
  return transaction(ctx, async (tx) => {
    await takeName(tx.db, { workspace: wanted.workspace, kind: "pipeline", name: wanted.name });
    const newest = await versionsOf(tx, wanted.workspace, wanted.name).selectAll().limit(1).executeTakeFirst();
    const code = wanted.code ? JSON.stringify(wanted.code) : null;
    if (newest?.digest === digest && newest.withdrawn === null) return pipelineOf(await withCode(tx, newest, code));
    if (newest && wanted.onlyNew) {
      throw conflict(
        `There is a pipeline "${wanted.name}" already, with another definition.`,
        "Publish under another name, or publish the next version of that one and start it by name.",
      );
    }
    const row: PublishedPipelineTable = {
      workspace: wanted.workspace,
      name: wanted.name,
      version: (newest?.version ?? 0) + 1,
      description: wanted.description,
      digest,
      definition: JSON.stringify(definition),
      code,
      withdrawn: null,
      created_at: tx.clock.now(),
      created_by_id: tx.actor.id,
      created_by_name: tx.actor.name,
    };
    await tx.db.insertInto("published_pipeline").values(row).execute();
    const subject = `pipeline/${row.name}/${row.version}`;
    record(tx, { workspace: row.workspace, type: "pipeline.published", subject, data: { digest } });
    return pipelineOf(row);
  });
}

/** What was published before its commit was known gets it: the code is the same. */
async function withCode(tx: Ctx, row: PublishedPipelineTable, code: string | null): Promise<PublishedPipelineTable> {
  if (row.code !== null || code === null) return row;
  await tx.db
    .updateTable("published_pipeline")
    .set({ code })
    .where("workspace", "=", row.workspace)
    .where("name", "=", row.name)
    .where("version", "=", row.version)
    .execute();
  return { ...row, code };
}

async function definitionOf(ctx: Ctx, { workspace, definition, source }: Publication): Promise<JobDefinition> {
  const given = definition && !source ? { definition } : source && !definition ? source : undefined;
  if (!given) throw invalid("A pipeline is either a definition or a source: give exactly one of them.");
  const checked = await validate(ctx, workspace, given);
  if (checked.valid && checked.definition) return checked.definition;
  const first = checked.issues.find(({ message }) => message !== "");
  throw new Problem(
    "invalid",
    `The pipeline cannot be published: ${first ? `${first.at}: ${first.message}` : "it is not valid"}`,
    {
      issues: checked.issues,
    },
  );
}

/** Newest first. A definition may be megabytes: read the rows that are wanted. */
const versionsOf = (ctx: Ctx, workspace: string, name: string) =>
  ctx.db
    .selectFrom("published_pipeline")
    .where("workspace", "=", workspace)
    .where("name", "=", name)
    .orderBy("version", "desc");

/** The number of the newest version of a pipeline that must be there. */
async function requireNewest(ctx: Ctx, workspace: string, name: string): Promise<number> {
  const newest = await versionsOf(ctx, workspace, name).select("version").limit(1).executeTakeFirst();
  if (!newest) throw notFound("pipeline", name, "Publish one with `trainyard pipeline publish`.");
  return newest.version;
}

async function requireVersion(ctx: Ctx, workspace: string, name: string, version: number) {
  const row = await versionsOf(ctx, workspace, name).selectAll().where("version", "=", version).executeTakeFirst();
  if (row) return row;
  const newest = await requireNewest(ctx, workspace, name);
  throw notFound(`version of pipeline ${name}`, String(version), `Its newest is ${newest}.`);
}

/** The newest version that is not withdrawn. */
async function requireUsable(ctx: Ctx, workspace: string, name: string): Promise<PublishedPipelineTable> {
  const usable = versionsOf(ctx, workspace, name).selectAll().where("withdrawn", "is", null).limit(1);
  const row = await usable.executeTakeFirst();
  if (row) return row;
  await requireNewest(ctx, workspace, name);
  throw new Problem("conflict", `Every version of pipeline ${name} is withdrawn.`);
}

/** The newest version of each. */
export async function listPipelines(ctx: Ctx, workspace: string): Promise<{ items: PublishedPipeline[] }> {
  const rows = await ctx.db
    .selectFrom("published_pipeline as own")
    .selectAll()
    .where("workspace", "=", workspace)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("published_pipeline as newer")
            .select("newer.version")
            .whereRef("newer.workspace", "=", "own.workspace")
            .whereRef("newer.name", "=", "own.name")
            .whereRef("newer.version", ">", "own.version"),
        ),
      ),
    )
    .orderBy("name")
    .execute();
  return { items: rows.map(pipelineOf) };
}

export async function listVersions(ctx: Ctx, workspace: string, name: string) {
  await requireNewest(ctx, workspace, name);
  return { items: (await versionsOf(ctx, workspace, name).selectAll().execute()).map(pipelineOf) };
}

export async function getVersion(ctx: Ctx, workspace: string, name: string, version: number) {
  const row = await requireVersion(ctx, workspace, name, version);
  return { ...pipelineOf(row), definition: JSON.parse(row.definition) as JobDefinition };
}

export async function withdrawVersion(
  ctx: Ctx,
  at: { workspace: string; name: string; version: number },
  reason: string,
): Promise<PublishedPipeline> {
  return transaction(ctx, async (tx) => {
    const row = await requireVersion(tx, at.workspace, at.name, at.version);
    const withdrawn = reason.trim() || null;
    await tx.db
      .updateTable("published_pipeline")
      .set({ withdrawn })
      .where("workspace", "=", at.workspace)
      .where("name", "=", at.name)
      .where("version", "=", at.version)
      .execute();
    const type = withdrawn === null ? "pipeline.restored" : "pipeline.withdrawn";
    record(tx, { workspace: at.workspace, type, subject: `pipeline/${at.name}/${at.version}`, reason });
    return pipelineOf({ ...row, withdrawn });
  });
}

/** Fails when there is no pipeline of the name, or no such version of it. */
export async function requirePipeline(ctx: Ctx, workspace: string, name: string, version?: string): Promise<void> {
  if (version === undefined) await requireNewest(ctx, workspace, name);
  else if (/^\d{1,9}$/.test(version)) await requireVersion(ctx, workspace, name, Number(version));
  else throw invalid(`"${version}" is no version of a pipeline: they are numbers.`);
}

/** Fails when a pipeline does not take these inputs. Of the `late` ones the values are not known yet. */
export async function checkInputs(
  ctx: Ctx,
  at: { workspace: string; name: string },
  { version, inputs }: Pick<StartPipeline, "version" | "inputs">,
  late: string[],
): Promise<void> {
  const number = version ?? (await requireNewest(ctx, at.workspace, at.name));
  const row = await requireVersion(ctx, at.workspace, at.name, number);
  const definition = JSON.parse(row.definition) as JobDefinition;
  requireInputs(definition, Object.keys(inputs));
  withInputs(definition, Object.fromEntries(Object.entries(inputs).filter(([input]) => !late.includes(input))));
}

/** Starts a published pipeline. `trigger` says what did, when it was no person. */
export async function startPipeline(
  ctx: Ctx,
  at: { workspace: string; name: string },
  wanted: StartPipeline & { idempotencyKey?: string; trigger?: string; id?: string },
): Promise<Job> {
  const row =
    wanted.version === undefined
      ? await requireUsable(ctx, at.workspace, at.name)
      : await requireVersion(ctx, at.workspace, at.name, wanted.version);
  if (row.withdrawn !== null) {
    throw new Problem("conflict", `Version ${row.version} of pipeline ${at.name} is withdrawn: ${row.withdrawn}`);
  }
  const published = withInputs(JSON.parse(row.definition) as JobDefinition, wanted.inputs);
  return submitJob(ctx, {
    workspace: at.workspace,
    trigger: wanted.trigger ?? `pipeline/${row.name}/${row.version}`,
    idempotencyKey: wanted.idempotencyKey,
    id: wanted.id,
    code: snapshotOf(row),
    writtenBy: row.created_by_id,
    definition: {
      ...published,
      experiment: wanted.experiment ?? published.experiment,
      displayName: wanted.displayName ?? published.displayName,
      forceRerun: wanted.forceRerun ?? published.forceRerun,
    },
  });
}
