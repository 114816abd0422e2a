import { Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import type { GroupedWrite } from "../../platform/db/groups.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { findOrCreateExperiment, requireExperiment } from "./experiment.ts";
import { upsertTags } from "./fact-store.ts";
import { randomRunName } from "./name.ts";
import type { RunRecord } from "./run.ts";
import * as store from "./run-store.ts";
import type { NewRun } from "./schema.ts";
import { runTags } from "./tags.ts";

interface Start {
  workspace: string;
  experimentId: string;
  name?: string;
  user: string;
  jobId?: string | null;
  startedAt?: number;
  tags: Record<string, string>;
}

/** Starts the run of a job's step. The experiment is made when there is none of that name. */
export async function createRun(
  ctx: Ctx,
  wanted: Omit<Start, "experimentId" | "tags"> & {
    experiment: string;
    parentRunId: string | null;
    tags?: Record<string, string>;
  },
): Promise<string> {
  return transaction(ctx, async (tx) => {
    const experimentId = await findOrCreateExperiment(tx, wanted.workspace, wanted.experiment);
    const tags: Record<string, string> = { ...wanted.tags, [runTags.user]: wanted.user };
    if (wanted.parentRunId) tags[runTags.parent] = wanted.parentRunId;
    return (await startRun(tx, { ...wanted, experimentId, tags })).id;
  });
}

/** Starts a run. It is kept when this resolves. */
export const startRun = (ctx: Ctx, wanted: Start): Promise<RunRecord> => ctx.groups.write(ctx, startWrite, wanted);

const startWrite: GroupedWrite<Start, RunRecord> = {
  weightOf: ({ tags }) => 2 + Object.keys(tags).length,
  async write(tx, starts) {
    const experiments = new Map<string, Problem | undefined>();
    const rows: { row: NewRun; tags: Record<string, string> }[] = [];
    const outcomes: (Problem | string)[] = [];
    for (const start of starts) {
      const experiment = `${start.workspace} ${start.experimentId}`;
      if (!experiments.has(experiment)) experiments.set(experiment, await refusal(tx, start));
      const refused = experiments.get(experiment);
      if (refused) {
        outcomes.push(refused);
        continue;
      }
      const row = rowOf(tx, start);
      rows.push({ row, tags: { ...start.tags, [runTags.name]: row.name } });
      outcomes.push(row.id);
    }
    const started = await insert(tx, rows);
    return outcomes.map((outcome) =>
      typeof outcome === "string" ? { value: started.get(outcome)! } : { refused: outcome },
    );
  },
};

/** The database gives the runs their numbers, which their tags need. */
async function insert(
  tx: Ctx,
  starts: { row: NewRun; tags: Record<string, string> }[],
): Promise<Map<string, RunRecord>> {
  await store.insertRuns(
    tx.db,
    starts.map(({ row }) => row),
  );
  const tagsOf = new Map(starts.map(({ row, tags }) => [row.id, tags]));
  const runs = await store.findRuns(tx.db, [...tagsOf.keys()]);
  await upsertTags(
    tx,
    runs.flatMap((run) => Object.entries(tagsOf.get(run.id)!).map(([key, value]) => ({ run, key, value }))),
  );
  return new Map(
    runs.map((run) => {
      const { experiment_id, ...rest } = run;
      const facts = { params: {}, metrics: {}, latest: [], tags: tagsOf.get(run.id)! };
      return [run.id, { ...rest, experimentId: String(experiment_id), ...facts }];
    }),
  );
}

/** Why no run can be started in an experiment. */
async function refusal(tx: Ctx, { workspace, experimentId }: Start): Promise<Problem | undefined> {
  try {
    const experiment = await requireExperiment(tx, workspace, experimentId);
    if (experiment.lifecycle_stage === "active") return undefined;
    return new Problem(
      "invalid",
      `The experiment ${experiment.id} must be in the 'active' state. Current state is deleted.`,
      { hint: "Restore the experiment first." },
    );
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

function rowOf(tx: Ctx, start: Start): NewRun {
  const now = tx.clock.now();
  return {
    id: tx.ids.next().replaceAll("-", ""),
    workspace: start.workspace,
    experiment_id: Number(start.experimentId),
    name: start.name || start.tags[runTags.name] || randomRunName(),
    state: "RUNNING",
    lifecycle_stage: "active",
    user_name: start.user,
    started_at: start.startedAt ?? now,
    ended_at: null,
    created_at: now,
    deleted_at: null,
    job_id: start.jobId ?? null,
    parent_run_id: start.tags[runTags.parent] ?? null,
  };
}
