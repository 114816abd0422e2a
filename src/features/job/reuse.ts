import type { z } from "zod";
import type { reuseSchema } from "../../contract/job.ts";
import type { Ctx } from "../../platform/context.ts";
import { turnsFor } from "../../platform/turns.ts";
import { missingBlobs, readTree, sizeOf } from "../blob/index.ts";
import { type Difference, differencesOf, formatPart, type KeyPreimage, partsIn } from "./key.ts";
import type { StepOutputs } from "./resolve.ts";
import * as store from "./store.ts";

export type Reuse = z.output<typeof reuseSchema>;

/** Up to this many bytes a hit is verified as a whole; beyond, each blob is verified when it is read. */
const verifyBytes = 64 * 1024 * 1024;
/** Files that are looked at together. */
const filesAtOnce = 16;

export interface Hit extends StepOutputs {
  jobId: string;
  step: string;
  runId: string | null;
}

export type Found = { kind: "hit"; hit: Hit } | { kind: "evicted"; reason: string } | { kind: "none" };

/** The earlier result of a key, when it is young enough and its outputs are all there and whole. */
export async function findResult(
  ctx: Ctx,
  workspace: string,
  key: string,
  maxAgeSeconds: number | null,
): Promise<Found> {
  const row = await store.findResult(ctx.db, workspace, key);
  if (!row) return { kind: "none" };
  const outputs = JSON.parse(row.outputs) as StepOutputs["outputs"];
  const age = Math.round((ctx.clock.now() - row.created_at) / 1000);
  if (maxAgeSeconds !== null && age > maxAgeSeconds) {
    const reason = `the result of job ${row.job_id} is ${age} seconds old, and ${maxAgeSeconds} is the most`;
    return { kind: "evicted", reason };
  }
  if (await areWhole(ctx, workspace, outputs)) {
    return { kind: "hit", hit: { outputs, jobId: row.job_id, step: row.step, runId: row.run_id } };
  }
  return { kind: "evicted", reason: `files of the result of job ${row.job_id} are gone or damaged` };
}

/** Are all files of these outputs there, and what they were? */
export async function areWhole(ctx: Ctx, workspace: string, outputs: StepOutputs["outputs"]): Promise<boolean> {
  for (const { digest } of Object.values(outputs)) if (!(await isWhole(ctx, workspace, digest))) return false;
  return true;
}

async function isWhole(ctx: Ctx, workspace: string, tree: string): Promise<boolean> {
  try {
    const files = await readTree(ctx, workspace, tree);
    const digests = files.map((file) => file.digest);
    if ((await missingBlobs(ctx, workspace, digests)).length > 0) return false;
    const small = sizeOf(files) <= verifyBytes;
    const sizeOfBlob = (digest: string) => (small ? ctx.blobs.verify(digest) : ctx.blobs.size(digest));
    const turn = turnsFor(filesAtOnce);
    const same = await Promise.all(
      files.map(({ digest, size }) => turn(async () => (await sizeOfBlob(digest)) === size)),
    );
    return same.every(Boolean);
  } catch (error) {
    ctx.log.warn("an earlier result cannot be reused: its outputs are not whole", { tree, error });
    return false;
  }
}

/** So many earlier steps are looked at for the one that is nearest. */
const mostCompared = 10;

export interface Compared {
  jobId: string;
  step: string;
  createdAt: number;
  preimage: KeyPreimage;
  differences: Difference[];
}

/** Of the newest steps of the same name and experiment the one whose key differs least; the newest of several alike. */
export async function nearestStep(
  ctx: Ctx,
  job: { id: string; workspace: string; experiment: string },
  step: string,
  preimage: KeyPreimage,
): Promise<Compared | undefined> {
  const rows = await store.listEarlierSteps(ctx.db, job, step, mostCompared);
  const compared = rows.map((row) => comparedTo(row, preimage));
  return compared.toSorted((one, other) => one.differences.length - other.differences.length)[0];
}

export function comparedTo(row: store.EarlierStep, preimage: KeyPreimage): Compared {
  const before = JSON.parse(row.preimage) as KeyPreimage;
  return {
    ...{ jobId: row.job_id, step: row.name, createdAt: row.created_at, preimage: before },
    differences: differencesOf(preimage, before),
  };
}

/** Why no earlier result fits, in words. */
export async function whyMissed(
  tx: Ctx,
  job: { id: string; workspace: string; experiment: string },
  step: string,
  preimage: KeyPreimage,
): Promise<string> {
  const before = await nearestStep(tx, job, step, preimage);
  if (!before) return "it has not run before";
  const isFormat = ({ part }: Difference): boolean => part === formatPart;
  const changed = partsIn(before.differences.filter((difference) => !isFormat(difference)));
  if (before.differences.some(isFormat)) {
    const also = changed ? `; so did: ${changed}` : "; nothing else did";
    return `the key's format changed since job ${before.jobId}, from ${before.preimage.schema} to ${preimage.schema}${also}`;
  }
  return changed
    ? `changed since job ${before.jobId}: ${changed}`
    : `job ${before.jobId} ran the same, but left no complete result`;
}
