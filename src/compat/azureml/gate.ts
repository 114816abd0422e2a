import type { GateStep } from "../../contract/job.ts";
import type { MapEntry, MapNode } from "./document.ts";
import { type Fields, readFields } from "./fields.ts";
import { readInput } from "./inputs.ts";
import type { Issues } from "./issues.ts";
import { gateShape } from "./schema.ts";
import type { LoadedStep } from "./step.ts";
import { readWhen } from "./when.ts";

/** What a gate has besides the inputs that it shows. */
export type GateSpec = Omit<GateStep, "inputs" | "outputs" | "after" | "when" | "displayName">;

/** Reads a step of `type: gate`, which Azure ML does not have. */
export function loadGate(entry: MapEntry & { node: MapNode }, issues: Issues): LoadedStep {
  const fields: Fields<typeof gateShape> = readFields(entry.node, `the gate "${entry.name}"`, gateShape, issues);
  const people = new Set((fields.approvers ?? []).map(({ value }) => value)).size;
  const { quorum } = fields;
  if (quorum && people > 0 && quorum.value > people)
    issues.add(quorum.at, `${quorum.value} people must approve, but only ${people} may`);
  const inputs = (fields.inputs ?? []).flatMap((input) => readInput(input, issues) ?? []);
  return {
    name: entry.name,
    at: entry.at,
    displayName: fields.display_name?.value,
    spec: undefined,
    component: undefined,
    inputs: new Map(inputs.map((input) => [input.name, input])),
    outputs: new Map(),
    running: {},
    compute: undefined,
    after: fields.after ?? [],
    when: fields.when && readWhen(fields.when, issues),
    gate: {
      type: "gate",
      message: fields.message?.value ?? fields.description?.value ?? "",
      approvers: (fields.approvers ?? []).map(({ value }) => value),
      quorum: quorum?.value ?? 1,
      excludeSubmitter: fields.exclude_submitter?.value ?? false,
      timeoutSeconds: fields.timeout?.value ?? null,
      onTimeout: fields.on_timeout?.value ?? "fail",
    },
  };
}
