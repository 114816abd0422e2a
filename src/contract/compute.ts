import { z } from "zod";
import { inWorkspace, named, nameSchema, timeSchema } from "./common.ts";
import { operation } from "./operation.ts";

/** What steps can be run on. */
export const computeKinds = ["local", "container"] as const;
export type ComputeKind = (typeof computeKinds)[number];
/** Named, so that whoever asks for them hears that they are not there yet. */
export const plannedComputeKinds = ["kubernetes", "ray", "spark"] as const;

/** What a step asks for. An amount that is not named: one CPU, no memory set aside, no GPU. */
export const askedResourcesSchema = z.strictObject({
  cpus: z.number().min(0.01).max(10_000).optional(),
  memoryMb: z.number().int().min(1).max(100_000_000).optional(),
  gpus: z.number().int().min(0).max(1000).optional(),
});
export type AskedResources = z.infer<typeof askedResourcesSchema>;

const amount = z.number().min(0);
const resourcesShape = { cpus: amount, memoryMb: amount, gpus: amount };
export const resourcesSchema = z.object(resourcesShape);
export const loadSchema = z.object({ steps: z.number().int(), ...resourcesShape });

/** The most that may run at once; null: no limit of its own. */
export const limitSchema = z.strictObject({
  steps: z.number().int().min(0).max(1_000_000).nullable().default(null),
  cpus: amount.nullable().default(null),
  memoryMb: amount.nullable().default(null),
  gpus: amount.nullable().default(null),
});
export type Limit = z.infer<typeof limitSchema>;

export const computeAgentSchema = z.object({
  id: z.string(),
  slots: z.number().int(),
  /** Steps that it runs now, on any compute. */
  running: z.number().int(),
  total: resourcesSchema,
  /** `podman 4.3.1`; null when it can run no containers. */
  containerEngine: z.string().nullable(),
  lastSeenAt: timeSchema,
});

export const computeSchema = z.object({
  name: nameSchema,
  kind: z.enum(computeKinds),
  description: z.string(),
  /** Every installation has it; it cannot be deleted. */
  builtIn: z.boolean(),
  /** Only agents that were started for it serve it. */
  dedicated: z.boolean(),
  /** May steps in containers reach the network, rather than only this server? */
  network: z.boolean(),
  limit: limitSchema,
  /** What runs on it now, over all workspaces. */
  load: loadSchema,
  queued: z.number().int(),
  /** Agents heard of in the last minute that serve it. */
  agents: z.array(computeAgentSchema),
});
export type Compute = z.infer<typeof computeSchema>;

export const newComputeSchema = z.strictObject({
  name: nameSchema,
  kind: z.enum([...computeKinds, ...plannedComputeKinds]),
  description: z.string().max(2000).default(""),
  dedicated: z.boolean().default(false),
  network: z.boolean().default(false),
  limit: limitSchema.default(limitSchema.parse({})),
});

export const quotaSchema = z.object({
  limit: limitSchema,
  /** With twice the weight, twice as many of its steps run when there is not room for all. */
  weight: z.number().int(),
  /** Where steps run that name no compute, or one that is not known. */
  defaultCompute: nameSchema,
  /** What runs of this workspace now. */
  load: loadSchema,
});
export type Quota = z.infer<typeof quotaSchema>;

const oneCompute = z.object({ name: nameSchema });

export const computeContract = {
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/computes",
    summary: "What steps can run on, with what runs there",
    permission: "compute:read",
    params: inWorkspace,
    response: z.object({ items: z.array(computeSchema) }),
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/computes/{name}",
    summary: "A compute with its agents and its load",
    permission: "compute:read",
    params: named,
    response: computeSchema,
  }),
  create: operation({
    method: "POST",
    path: "/computes",
    summary: "Name something to run steps on, for all workspaces",
    permission: "compute:manage",
    body: newComputeSchema,
    response: computeSchema,
  }),
  delete: operation({
    method: "DELETE",
    path: "/computes/{name}",
    summary: "Delete a compute that nothing runs on",
    permission: "compute:manage",
    params: oneCompute,
  }),
  quota: operation({
    method: "GET",
    path: "/workspaces/{workspace}/quota",
    summary: "How much of a workspace may run at once, and how much does",
    permission: "compute:read",
    params: inWorkspace,
    response: quotaSchema,
  }),
  setQuota: operation({
    method: "PATCH",
    path: "/workspaces/{workspace}/quota",
    summary: "Limit what of a workspace runs at once; what is not named stays",
    permission: "compute:manage",
    params: inWorkspace,
    body: z.strictObject({
      limit: limitSchema.partial().optional(),
      weight: z.number().int().min(1).max(1000).optional(),
      defaultCompute: nameSchema.optional(),
    }),
    response: quotaSchema,
  }),
};
