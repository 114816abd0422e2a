import { didYouMean } from "../../contract/suggest.ts";
import type { MapNode } from "./document.ts";
import { type FileKind, fileKind, type JobKind, jobKinds, kindByShape, refusedTypes, typeWord } from "./file-kind.ts";
import type { At, Issues } from "./issues.ts";

/** What a whole file is; undefined, and an issue, when it is not a job that can be translated. */
export function jobKind(root: MapNode, issues: Issues): JobKind | undefined {
  const kind = fileKind(root);
  const schema = root.entries.get("$schema");
  // Without a schema, what is given as a job is one: a file of a component can look the same.
  const isTaken = kind.is === "job" || (!schema && (kind.is === "component" || kind.is === "unknown"));
  if (isTaken)
    return unknownType(root, "job", issues) ? undefined : kind.is === "unknown" ? kindByShape(root) : kind.type;
  if (kind.is === "refused") {
    const at = root.entries.get("type")?.node.at ?? schema?.at ?? root.at;
    issues.refuse(at, kind.refusal, `${kind.name} ${isOrAre(kind.name)} not supported yet`);
  } else if (kind.is === "foreign") issues.add(root.at, `this file is ${kind.name}, not a job of Azure ML`);
  else {
    const hint = "Give the file of a command job or a pipeline job.";
    issues.add(schema?.at ?? root.at, `this file is ${nameOf(kind)}, not a job`, hint);
  }
  return undefined;
}

export const isOrAre = (name: string): string => (/(jobs|components|steps)$/.test(name) ? "are" : "is");

/** `a command job`, `a data asset`, `an online endpoint`. */
export function nameOf(kind: FileKind): string {
  if (kind.is === "refused" || kind.is === "foreign") return kind.name;
  if (kind.is === "unknown") return "none that Azure ML takes";
  if (kind.is === "job" || kind.is === "component") return `a ${kind.type} ${kind.is}`;
  const nouns: Record<string, string> = { data: "a data asset", environment: "an environment" };
  return nouns[kind.is] ?? `a ${kind.is}`;
}

/** What a step of a pipeline is. `component`: what its component is. */
export type StepKind = JobKind | "gate" | "if_else" | "parallel_for" | "component";

/** What a step of a pipeline is; undefined, and an issue, when it is nothing that is taken. */
export function stepKind(step: MapNode, issues: Issues): StepKind | undefined {
  const word = typeWord(step);
  if (word === undefined) return step.entries.has("component") ? "component" : kindByShape(step);
  if (word === "gate" || word === "if_else" || word === "parallel_for") return word;
  const kind = jobKinds.find((known) => known === word);
  if (kind) return kind;
  const at = step.entries.get("type")!.node.at;
  const refused = Object.hasOwn(refusedTypes, word) ? refusedTypes[word] : undefined;
  if (refused) issues.refuse(at, refused, `${refused} steps are not supported yet`);
  else unknownType(step, "step", issues);
  return undefined;
}

function unknownType(node: MapNode, noun: "job" | "step", issues: Issues): boolean {
  const word = typeWord(node);
  if (word === undefined || jobKinds.some((known) => known === word)) return false;
  const offered = [...jobKinds, ...(noun === "step" ? ["gate", "if_else", "parallel_for"] : [])];
  const known = [...offered, ...Object.keys(refusedTypes)];
  const at: At = node.entries.get("type")!.node.at;
  issues.add(
    at,
    `there is no ${noun} of type "${word}"`,
    didYouMean(word, known) ?? `A ${noun} is one of: ${offered.join(", ")}.`,
  );
  return true;
}
