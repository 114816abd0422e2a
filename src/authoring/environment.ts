import type { JobEnvironment } from "../contract/job.ts";
import { type PackagePlace, packagesOf } from "./packages.ts";
import type { EnvironmentSpec } from "./spec.ts";
import { wrong } from "./wrong.ts";

export interface EnvironmentPlace extends PackagePlace {
  /** Stores a folder as it is; gives its digest. */
  files(path: string): Promise<{ digest: string }>;
  /** A registered environment: its newest version, or one. */
  environment(name: string, version: string | undefined): Promise<JobEnvironment>;
}

/** What a component runs in, as a definition has it. */
export async function environmentOf(
  environment: string | EnvironmentSpec | undefined,
  place: EnvironmentPlace,
  at: string,
): Promise<JobEnvironment> {
  if (environment === undefined) return { name: null, condaFile: null, image: null };
  if (typeof environment === "string") return registered(environment, place, at);
  checkFields(environment, at);
  const { name = null, image = null, build } = environment;
  const packages = await packagesOf(environment, place, at);
  if (!build) return { name, image, ...packages };
  const { context, dockerfile = "Dockerfile" } = build;
  return { name, image, ...packages, build: { context: (await place.files(String(context))).digest, dockerfile } };
}

/** `sklearn`, `sklearn:3`; as in YAML also `azureml:sklearn@latest`. */
function registered(written: string, place: EnvironmentPlace, at: string): Promise<JobEnvironment> {
  const [, name, version] = /^(?:azureml:)?([^:@/]+)(?:@latest|:([^:@/]+))?$/.exec(written) ?? [];
  if (name !== undefined) return place.environment(name, version);
  const hint = 'Write "sklearn" or "sklearn:3"; what is not registered is an object: { condaFile: "conda.yml" }.';
  throw wrong(at, `"${written}" is not the name of an environment`, hint);
}

function checkFields(spec: EnvironmentSpec, at: string): void {
  const said = (["condaFile", "requirementsFile", "pip", "uvProject"] as const).filter((field) => spec[field]);
  const isRequirements = said.includes("requirementsFile") || said.includes("pip");
  const alternatives = said.filter((field) => field !== "pip" || !said.includes("requirementsFile"));
  if (alternatives.length > 1)
    throw wrong(at, `it has ${alternatives.join(" and ")}`, "Packages come from one of them.");
  if (spec.python !== undefined && !isRequirements)
    throw wrong(at, "python is the version for pip and requirementsFile", "Other files say it themselves.");
  if (spec.build && (spec.image || said.length > 0))
    throw wrong(at, "an environment that is built has neither image nor packages", "Put them into the Dockerfile.");
  if (!spec.build && !spec.image && said.length === 0)
    throw wrong(at, "it says nothing", "Write image, packages (condaFile, pip, …) or build.");
}
