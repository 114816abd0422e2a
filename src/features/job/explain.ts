import type { TreeFile } from "../../contract/common.ts";
import type { Explanation, JobDefinition } from "../../contract/job.ts";
import type { Task } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { readTree } from "../blob/index.ts";
import { countsOf } from "./fan-out/index.ts";
import type { Difference, KeyPreimage } from "./key.ts";
import { type Compared, comparedTo, nearestStep } from "./reuse.ts";
import { environmentReuse, reuseOf, withoutReuse } from "./reuse-view.ts";
import type { JobTable } from "./schema.ts";
import { kindOf } from "./step-view.ts";
import * as store from "./store.ts";

const mostFiles = 100;

/** Why a step ran or did not have to: what its key was made of, beside the earlier step that is nearest to it. */
export async function explainStep(ctx: Ctx, workspace: string, id: string, name: string): Promise<Explanation> {
  const job = await store.findJob(ctx, workspace, id);
  const task = await store.requireTask(ctx, job, name);
  const step = await store.findStep(ctx.db, job.id, name);
  const reuse = reuseOf(step?.reuse ?? null) ?? environmentReuse(task);
  const note = reuse ? null : await noteOn(ctx, job, task);
  const preimage = step?.preimage ? (JSON.parse(step.preimage) as KeyPreimage) : null;
  if (!preimage) return { reuse, note, preimage: null, compared: null, differences: [] };
  const compared = reuse?.originJobId
    ? await originOf(ctx, { jobId: reuse.originJobId, step: reuse.originStep ?? name }, preimage)
    : await nearestStep(ctx, job, name, preimage);
  if (!compared) return { reuse, note, preimage: { ...preimage }, compared: null, differences: [] };
  const { differences, ...before } = compared;
  return {
    reuse,
    note,
    preimage: { ...preimage },
    compared: { ...before, preimage: { ...before.preimage } },
    differences: await Promise.all(differences.map((difference) => withFiles(ctx, workspace, difference))),
  };
}

async function noteOn(ctx: Ctx, job: JobTable, task: Task): Promise<string> {
  const kind = kindOf(task, JSON.parse(job.definition) as JobDefinition);
  return withoutReuse({ kind, state: task.state }, (await countsOf(ctx, job.id)).get(task.name) ?? null);
}

async function originOf(
  ctx: Ctx,
  { jobId, step }: { jobId: string; step: string },
  preimage: KeyPreimage,
): Promise<Compared | undefined> {
  const row = await store.findStepOf(ctx.db, jobId, step);
  return row && comparedTo(row, preimage);
}

async function withFiles(ctx: Ctx, workspace: string, difference: Difference): Promise<Explanation["differences"][0]> {
  const [now, before] = [treeOf(difference.now), treeOf(difference.before)];
  if (!now || !before) return difference;
  // A tree that was purged has no files to compare.
  const trees = await Promise.all([readTree(ctx, workspace, now), readTree(ctx, workspace, before)]).catch(() => null);
  return trees ? { ...difference, files: changesOf(...trees) } : difference;
}

/** The tree that a part of a key stands for: of code its digest, of an input the files. */
function treeOf(part: unknown): string | undefined {
  if (typeof part === "string") return /^[0-9a-f]{64}$/.test(part) ? part : undefined;
  const input = part as { kind?: string; tree?: string } | undefined | null;
  return input?.kind === "files" ? input.tree : undefined;
}

function changesOf(now: TreeFile[], before: TreeFile[]) {
  const contentOf = ({ digest, executable }: TreeFile) => `${digest}${executable ? " executable" : ""}`;
  const then = new Map(before.map((file) => [file.path, contentOf(file)]));
  const there = new Set(now.map((file) => file.path));
  const changes = [
    ...now.flatMap((file) => {
      const { path } = file;
      if (then.get(path) === contentOf(file)) return [];
      return [{ path, change: then.has(path) ? ("changed" as const) : ("added" as const) }];
    }),
    ...before.flatMap(({ path }) => (there.has(path) ? [] : [{ path, change: "removed" as const }])),
  ];
  return changes.slice(0, mostFiles);
}
