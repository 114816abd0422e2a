import type { AssetFile } from "../../contract/asset-file.ts";
import type { About } from "./asset-file.ts";
import { computeShape } from "./asset-schema.ts";
import type { MapNode } from "./document.ts";
import { type Fields, readFields } from "./fields.ts";
import type { Issues } from "./issues.ts";

type Compute = Extract<AssetFile, { kind: "compute" }>;

/** What each type of the language is here. */
const kinds = {
  local: "local",
  container: "container",
  amlcompute: "local",
  computeinstance: "local",
} as const;

/** Types of machines that somebody else runs, and that nothing here stands in for. */
const elsewhere: Record<string, string> = {
  kubernetes: "a Kubernetes cluster",
  virtualmachine: "a virtual machine",
  synapsespark: "a Spark pool",
};

/**
 * A compute that steps can name. Which machines there are is not for a file to say: of a cluster's machines, only how
 * many steps they would run at once is taken, so that a name that jobs ask for is there.
 */
export function readCompute(root: MapNode, { name, description }: About, issues: Issues): Compute | undefined {
  const fields = readFields(root, "a compute", computeShape, issues, ["name", "type"]);
  const word = fields.type?.value.trim().toLowerCase() ?? "";
  if (!fields.type) return undefined;
  if (Object.hasOwn(elsewhere, word)) {
    const hint = "Name the machines that there are: type: local, or type: container.";
    issues.refuse(fields.type.at, "computes elsewhere", `${elsewhere[word]} as a compute is not supported yet`, hint);
    return undefined;
  }
  if (!Object.hasOwn(kinds, word)) {
    issues.add(fields.type.at, `the type of a compute is one of ${Object.keys({ ...kinds, ...elsewhere }).join(", ")}`);
    return undefined;
  }
  const kind = kinds[word as keyof typeof kinds];
  const isDedicated = fields.dedicated?.value ?? false;
  const network = fields.network?.value ?? false;
  return {
    ...{ kind: "compute", name, description, type: word },
    compute: { kind, dedicated: isDedicated, network, limit: limitOf(word, fields) },
  };
}

/** As many steps at once as a cluster has machines; of one that is switched off, any number. */
function limitOf(word: string, { max_instances, limits }: Fields<typeof computeShape>): Compute["compute"]["limit"] {
  const machines = word === "computeinstance" ? 1 : max_instances?.value;
  return {
    steps: limits?.steps?.value ?? (machines ? machines : null),
    cpus: limits?.cpus?.value ?? null,
    memoryMb: limits?.memory_mb?.value ?? null,
    gpus: limits?.gpus?.value ?? null,
  };
}
