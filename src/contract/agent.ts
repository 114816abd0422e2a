import { z } from "zod";
import { digestSchema, nameSchema, timeSchema } from "./common.ts";
import { computeKinds, resourcesSchema } from "./compute.ts";
import type { ContainerOptions } from "./container-options.ts";
import type { Distributed, Parallel } from "./job-definition.ts";
import { operation } from "./operation.ts";

/** The whole of what an agent says: claim, heartbeat, complete, fail, log. It never opens the database. */
export const leaseSchema = z.object({
  execution: z.string(),
  task: z.string(),
  /** Fencing epoch: grows with every claim; a writer with an older one is refused (409 `stale`). */
  epoch: z.number().int(),
});

export const claimedTaskSchema = leaseSchema.extend({
  workspace: nameSchema,
  /** What to do: `step`, `environment`, `profile`, `drift`, … */
  kind: z.string(),
  payload: z.unknown(),
  attempt: z.number().int(),
  leaseMs: z.number().int(),
  compute: z.object({ name: nameSchema, kind: z.enum(computeKinds) }),
  resources: resourcesSchema,
  timeoutSeconds: z.number(),
  /** Number of log lines that earlier attempts left. */
  logOffset: z.number().int(),
  /** Token for the task's own calls (tracking, blobs), valid until its time is over or another attempt begins. */
  token: z.string(),
  /** Environment variables of a step that are secrets, or why there is no value. They are in no payload, which is stored. */
  secrets: z
    .record(z.string(), z.union([z.strictObject({ value: z.string() }), z.strictObject({ missing: z.string() })]))
    .default({}),
});
export type ClaimedTask = z.infer<typeof claimedTaskSchema>;

/** What an agent has to give. */
export const agentCapacitySchema = z.strictObject({
  /** The computes that it was started for; null: every one that is not dedicated. */
  computes: z.array(nameSchema).max(100).nullable().default(null),
  slots: z.number().int().min(0).max(10_000),
  total: resourcesSchema,
  /** `podman 4.3.1`; null when it can run no containers. */
  containerEngine: z.string().max(200).nullable().default(null),
});

const claimSchema = z.strictObject({
  agent: z.string().min(1).max(200),
  kinds: z.array(z.string()).max(100),
  max: z.number().int().min(1).max(1000),
  /** Without it, tasks of every compute are given, whatever they ask for. */
  capacity: agentCapacitySchema.optional(),
});
export type ClaimBody = z.infer<typeof claimSchema>;

const claimedSchema = z.object({ tasks: z.array(claimedTaskSchema) });

export const agentContract = {
  claim: operation({
    method: "POST",
    path: "/agent/claim",
    summary: "Take up to `max` tasks; waits up to `waitMs` for the first",
    permission: "agent:work",
    body: claimSchema.extend({ waitMs: z.number().int().min(0).max(30_000).default(20_000) }),
    response: claimedSchema,
  }),
  heartbeat: operation({
    method: "POST",
    path: "/agent/heartbeat",
    summary: "Extend leases; answers which of them are lost or to be cancelled",
    permission: "agent:work",
    body: z.strictObject({
      agent: z.string().min(1).max(200),
      leases: z.array(leaseSchema).max(1000),
      capacity: agentCapacitySchema.optional(),
    }),
    response: z.object({ lost: z.array(leaseSchema), cancel: z.array(leaseSchema) }),
  }),
  complete: operation({
    method: "POST",
    path: "/agent/complete",
    summary: "Record the result of a task, once; with `next`, also claim what may be next of the same job",
    permission: "agent:work",
    body: leaseSchema.extend({
      result: z.unknown(),
      /** Claimed in the commit that records the result. Where it is another job's turn, nothing is: ask by `claim`. */
      next: claimSchema.optional(),
    }),
    response: claimedSchema,
    bodyLimit: 64 * 1024 * 1024,
  }),
  fail: operation({
    method: "POST",
    path: "/agent/fail",
    summary: "Record that an attempt failed",
    permission: "agent:work",
    body: leaseSchema.extend({
      message: z.string().max(20_000),
      /** `user`: the command failed; `system`: the machine or the agent did; `network`: who it fetches from did not answer. */
      fault: z.enum(["user", "system", "network"]),
      retryable: z.boolean().default(true),
    }),
  }),
  log: operation({
    method: "POST",
    path: "/agent/log",
    summary: "Append log lines of a task",
    permission: "agent:work",
    body: leaseSchema.extend({
      lines: z
        .array(z.object({ at: timeSchema, stream: z.enum(["stdout", "stderr", "system"]), text: z.string() }))
        .max(10_000),
      /** Number of lines sent before these: a repeated call appends nothing twice. */
      offset: z.number().int().min(0),
    }),
    bodyLimit: 16 * 1024 * 1024,
  }),
  lock: operation({
    method: "POST",
    path: "/agent/environment-lock",
    summary: "The lock recorded for an environment specification on a platform, if there is one",
    permission: "agent:work",
    body: z.strictObject({ workspace: nameSchema, specification: digestSchema, platform: z.string().max(200) }),
    response: z.object({ lock: z.string().nullable(), digest: digestSchema.nullable() }),
  }),
};

/**
 * The value of a step's input when it runs: text, or files by content. `given`: text with more in it than letters, which
 * was not written with the command. `path` is set for one file of the tree.
 */
export type ResolvedStepInput =
  | { kind: "value"; type: string; value: string; given?: true }
  | { kind: "files"; type: string; tree: string; path: string | null };

/** Payload of a task of kind `environment`: packages of Python, an image, or what an image is built from. */
export interface EnvironmentPayload {
  name: string;
  condaFile: string | null;
  files?: string;
  uvProject?: string;
  specification: string;
  image?: string;
  /** `specification` names the content of the context and which Dockerfile of it. */
  build?: { context: string; dockerfile: string; specification: string };
}

/** Payload of a task of kind `step`. */
export interface StepPayload {
  command: string;
  code: string | null;
  /** The lock to build the environment from; null for the machine's own interpreters. */
  environment: { platform: string; lock: string } | null;
  image: string | null;
  /** Where an agent that does not have the image gets it, by digest; null: nowhere. */
  imageSource: string | null;
  environmentVariables: Record<string, string>;
  /** Name of the secret by environment variable; the values come with the claim. */
  secrets: Record<string, string>;
  /** Null for an optional input without a value. */
  inputs: Record<string, ResolvedStepInput | null>;
  outputs: Record<string, string>;
  runId: string;
  experiment: string;
  /** CPUs that it asked for; null: it did not say, and may use all that there are. */
  cpuLimit: number | null;
  /** Wait for a debugger on this port. */
  debug: { port: number } | null;
  /** In a container: may it reach the network? */
  network: boolean;
  container: ContainerOptions | null;
  /** What people are told about the step, in its log. */
  notes: string[];
  parallel: Parallel | null;
  distribution: Distributed | null;
  /** Name of the job that it is a step of. */
  job: string;
}
