import type { EnvironmentPayload } from "../../contract/agent.ts";
import { Problem } from "../../contract/errors.ts";
import { type CommandStep, hasPackages } from "../../contract/job.ts";
import type { TaskDefinition } from "../../engine/index.ts";
import { digestOf } from "../../platform/digest.ts";
import type { Placement } from "../compute/index.ts";
import { inlineName, specificationDigest } from "../environment/index.ts";

/** The tasks that make the environments of a job, each once. */
export class Environments {
  readonly tasks = new Map<string, TaskDefinition>();
  readonly #freeName: (wanted: string) => string;

  constructor(freeName: (wanted: string) => string) {
    this.#freeName = freeName;
  }

  /** The task that makes what a command runs in; undefined when there is nothing to be made. `at` is for messages. */
  nameOf(command: CommandStep, { inImage, compute }: Placement, at: string): string | undefined {
    const input = payloadOf(command, at, inImage);
    if (!input) return undefined;
    const known = this.tasks.get(input.specification);
    if (known) return known.name;
    const name = this.#freeName(`environment_${this.tasks.size + 1}`);
    const where = inImage ? { compute } : {};
    this.tasks.set(input.specification, {
      ...{ name, needs: [], kind: "environment", timeoutSeconds: 3600, input },
      ...where,
    });
    return name;
  }
}

/** Does the command need an environment that is made first? */
const payloadOf = (command: CommandStep, at: string, inImage: boolean): EnvironmentPayload | undefined =>
  inImage ? imageOf(command) : packagesOf(command, at);

/** A tag can be moved: what it means is found out when the job runs, and the step's key has that. */
function imageOf({ environment }: CommandStep): EnvironmentPayload {
  const { build } = environment;
  if (build) {
    const specification = digestOf(build);
    const name = environment.name ?? `build-${specification.slice(0, 8)}`;
    return { specification: `build:${specification}`, name, condaFile: null, build: { ...build, specification } };
  }
  const image = environment.image!;
  return { specification: `image:${image}`, name: environment.name ?? image, condaFile: null, image };
}

function packagesOf({ environment }: CommandStep, at: string): EnvironmentPayload | undefined {
  const { condaFile, files, uvProject } = environment;
  if (!hasPackages(environment)) return undefined;
  if (condaFile?.trim() === "") {
    throw new Problem("invalid", `The conda file of step ${at} is empty.`, {
      hint: "Name at least its dependencies.",
    });
  }
  const specification = specificationDigest(environment);
  return { specification, name: environment.name ?? inlineName(specification), condaFile, files, uvProject };
}
