import { Problem } from "../../contract/errors.ts";
import { interpreterOf } from "../../contract/interpreter-image.ts";
import { type CommandStep, hasPackages } from "../../contract/job.ts";
import { processesOf } from "../../contract/processes.ts";
import type { Resources } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { livingSince } from "./load.ts";
import { mostCpus } from "./most-cpus.ts";
import type { ComputeTable } from "./schema.ts";
import * as store from "./store.ts";

export interface Placement {
  compute: string;
  /** Whether the image that it names is what it runs in. */
  inImage: boolean;
  resources: Resources;
}

type Known = Pick<ComputeTable, "name" | "kind">;
type Asking = Pick<CommandStep, "compute" | "resources" | "environment" | "parallel" | "distribution">;
/** The CPUs that a step of these resources can have on a compute at most. */
type MostCpus = (compute: string, resources: Pick<Resources, "memoryMb" | "gpus">) => number;

/** `azureml:cpu-cluster` and `azureml:cpu-cluster:1` name `cpu-cluster`. */
export const computeNameOf = (asked: string): string => asked.replace(/^azureml:/, "").replace(/:\d+$/, "");

/**
 * Where a step runs: on the compute that it names, or on the workspace's default one. Files written for another
 * installation name computes that are not known here; they run all the same. A step that does not say how many CPUs it
 * takes takes one for each of its processes, or all that it can have.
 */
export function place(
  step: Asking,
  known: ReadonlyMap<string, Known>,
  fallback: string,
  most: MostCpus = () => 1,
): Placement {
  const asked = step.compute === null ? undefined : known.get(computeNameOf(step.compute));
  if (asked?.kind === "local" && step.environment.build) throw needsContainer(asked.name);
  const chosen = asked ?? known.get(fallback);
  const kind = kindFor(step.environment, chosen);
  const compute = chosen?.kind === kind ? chosen.name : kind;
  const { memoryMb = 0, gpus = 0 } = step.resources;
  const processes = processesOf(step);
  const cpus = step.resources.cpus ?? (processes > 1 ? Math.min(processes, most(compute, { memoryMb, gpus })) : 1);
  return { compute, inImage: kind === "container", resources: { cpus, memoryMb, gpus } };
}

const needsContainer = (compute: string): Problem =>
  new Problem(
    "invalid",
    `The compute ${compute} runs steps as processes, and cannot use an environment that is built.`,
    {
      hint: "Name a compute of the kind container, or none; or give the environment a conda_file in place of build.",
    },
  );

/**
 * An image runs in a container, unless it is only an interpreter and nobody asked for a container: then the machine's
 * own interpreter stands in for it. An environment made of packages is one of the agent's machine.
 */
function kindFor(environment: Asking["environment"], chosen: Known | undefined): Known["kind"] {
  const { image, build } = environment;
  if (build) return "container";
  if (image === null || hasPackages(environment)) return "local";
  return chosen?.kind === "container" || interpreterOf(image) === undefined ? "container" : "local";
}

/** Says where a step runs when that is not where it asked to; null when it is. */
export function noteOf(asked: string | null, compute: string): string | null {
  if (asked === null || computeNameOf(asked) === compute) return null;
  return `The job asks for the compute ${asked}, which cannot run this step here; it runs on the compute ${compute}.`;
}

/** Placing these steps of a job of this workspace. */
export async function placing(ctx: Ctx, workspace: string, steps: Asking[]): Promise<(step: Asking) => Placement> {
  const [computes, quota] = await Promise.all([store.listComputes(ctx.db), store.findQuota(ctx.db, workspace)]);
  // Agents matter to few steps.
  const agents = steps.some((step) => processesOf(step) > 1)
    ? await store.listCapacities(ctx.db, livingSince(ctx))
    : [];
  const known = new Map(computes.map((compute) => [compute.name, compute]));
  const most: MostCpus = (compute, resources) => mostCpus({ compute: known.get(compute), quota, agents }, resources);
  return (step) => place(step, known, quota?.default_compute ?? "local", most);
}

/** What a compute does to the steps on it. */
export interface Confinement {
  isContainer: boolean;
  /** May steps reach the network, rather than only the server? Null: they are not kept from it. */
  network: boolean | null;
}

/** `network`: whether the step asks for it. */
export async function confinementOf(ctx: Ctx, compute: string, asked: { network: boolean }): Promise<Confinement> {
  const found = await store.findCompute(ctx.db, compute);
  const isContainer = found?.kind === "container";
  return { isContainer, network: isContainer ? asked.network || found.network === 1 : null };
}
