import { type Issue, invalid } from "../../contract/errors.ts";
import {
  type Binding,
  commandsOf,
  deepestLoop,
  type ForeachStep,
  type GateStep,
  type JobDefinition,
  type JobInput,
  partsOf,
  type Step,
  type SweepStep,
} from "../../contract/job.ts";
import { isModelType, isModelVersion } from "../../contract/model-type.ts";
import { findCycle } from "../../engine/index.ts";
import { checkSweep } from "../sweep/index.ts";
import { checkCommands } from "./check-commands.ts";
import { checkItems, checkValues } from "./check-values.ts";
import { bindingsOf, needsOf } from "./graph.ts";

type Graph = Pick<JobDefinition, "inputs" | "steps" | "outputs">;

/** What is wrong with a definition that did not come through a translator, which would have said so with line numbers. */
export function checkDefinition(definition: JobDefinition): void {
  const issues = checkGraph(definition, "", "the job");
  if (issues.length > 0)
    throw invalid(`The job definition is not valid: ${issues[0]!.at}: ${issues[0]!.message}.`, { issues });
}

function checkGraph(graph: Graph, prefix: string, what: string, depth = 0): Issue[] {
  const issues: Issue[] = [];
  const steps = Object.entries(graph.steps);
  if (steps.length === 0) issues.push({ at: `${prefix}steps`, message: `${article(what)} has at least one step` });
  for (const [name, step] of steps) {
    const at = `${prefix}steps.${name}`;
    issues.push(...checkBindings(graph, step, at, what));
    issues.push(...checkModelVersions(step, at));
    issues.push(...checkValues(graph, step, at));
    if (step.type === "gate") issues.push(...checkGate(step, at));
    if (step.type === "sweep") issues.push(...checkTrial(step, at));
    // The steps of a body are checked by themselves.
    if (step.type === "foreach") issues.push(...checkLoop(step, at, depth + 1));
    else issues.push(...checkVariables(step, at), ...checkCommands(step, at));
  }
  for (const [name, { step, output }] of Object.entries(graph.outputs)) {
    if (hasOutput(graph, step, output)) continue;
    issues.push({ at: `${prefix}outputs.${name}`, message: `there is no output "${output}" of a step "${step}"` });
  }
  const cycle = findCycle(steps.map(([name, step]) => ({ name, needs: needsOf(step) })));
  if (cycle)
    issues.push({ at: `${prefix}steps`, message: `the steps wait for each other in a circle: ${cycle.join(" → ")}` });
  return issues;
}

const article = (what: string): string => (what === "the job" ? "a job" : what);

const checkModelVersions = ({ outputs }: Step, at: string): Issue[] =>
  Object.entries(outputs).flatMap(([name, { type, register }]) => {
    const version = register?.version;
    if (version === undefined || !isModelType(type) || isModelVersion(version)) return [];
    const message = `"${version}" cannot be the version of a model: versions of models are whole numbers`;
    return [{ at: `${at}.outputs.${name}.register.version`, message }];
  });

function checkBindings(graph: Graph, step: Step, at: string, what: string): Issue[] {
  const issues: Issue[] = [];
  for (const [input, { binding, optional }] of Object.entries(step.inputs)) {
    if (binding === null && !optional)
      issues.push({ at: `${at}.inputs.${input}`, message: "a required input has no value" });
  }
  for (const { at: where, binding } of bindingsOf(step)) {
    if (binding?.from === "input" && !Object.hasOwn(graph.inputs, binding.input)) {
      issues.push({ at: `${at}.${where}`, message: `${what} has no input "${binding.input}"` });
    }
    if (binding?.from === "step" && !hasOutput(graph, binding.step, binding.output)) {
      const message = `there is no output "${binding.output}" of a step "${binding.step}"`;
      issues.push({ at: `${at}.${where}`, message });
    }
  }
  for (const before of step.after) {
    if (Object.hasOwn(graph.steps, before)) continue;
    issues.push({ at: `${at}.after`, message: `there is no step "${before}"` });
  }
  return issues;
}

function checkGate({ approvers, quorum }: GateStep, at: string): Issue[] {
  const people = new Set(approvers).size;
  if (people === 0 || quorum <= people) return [];
  return [{ at: `${at}.quorum`, message: `${quorum} people must approve, but only ${people} may` }];
}

/** A secret that was written as text would be shown as text. */
function checkVariables(step: Step, at: string): Issue[] {
  return commandsOf({ steps: { step } }).flatMap(({ at: within, command }) => {
    const { environmentVariables, secrets = {} } = command;
    const where = `${at}${within.slice("steps.step".length)}.environmentVariables`;
    return Object.entries(environmentVariables).flatMap(([name, value]) => {
      const issue = { at: `${where}.${name}` };
      if (Object.hasOwn(secrets, name)) return [{ ...issue, message: "it is also a secret: say one of the two" }];
      if (!/\$\{\{\s*secrets\./.test(value)) return [];
      return [
        { ...issue, message: 'a secret goes under "secrets", by its name: { "secrets": { "VARIABLE": "NAME" } }' },
      ];
    });
  });
}

/** Names are people's: `constructor` is one that every object seems to have. */
const hasOutput = ({ steps }: Pick<Graph, "steps">, step: string, output: string): boolean =>
  Object.hasOwn(steps, step) && Object.hasOwn(steps[step]!.outputs, output);

function checkTrial(step: SweepStep, at: string): Issue[] {
  const issues: Issue[] = checkSweep(step).map((issue) => ({ ...issue, at: `${at}.${issue.at}` }));
  const given = new Set([...Object.keys(step.inputs), ...Object.keys(step.searchSpace)]);
  for (const parameter of Object.keys(step.searchSpace)) {
    if (!Object.hasOwn(step.inputs, parameter)) continue;
    issues.push({ at: `${at}.searchSpace.${parameter}`, message: "the step has an input of the same name" });
  }
  issues.push(...checkInner(step.trial.inputs, given, `${at}.trial`));
  return issues;
}

function checkLoop(step: ForeachStep, at: string, depth: number): Issue[] {
  const { body } = step;
  if (depth > deepestLoop) return [{ at, message: `loops in loops go ${deepestLoop} deep at most` }];
  const issues = checkGraph(body, `${at}.body.`, "the body of the loop", depth);
  const fields = Array.isArray(step.items)
    ? step.items.flatMap((item) => (typeof item === "object" ? Object.keys(item) : [step.item]))
    : Object.keys(body.inputs);
  const given = new Set([...Object.keys(step.inputs), ...fields, step.item]);
  issues.push(...checkInner(body.inputs, given, `${at}.body`));
  issues.push(...checkItems(step, at));
  for (const output of Object.keys(step.outputs)) {
    if (Object.hasOwn(body.outputs, output)) continue;
    issues.push({ at: `${at}.outputs.${output}`, message: "the body of the loop has no such output" });
  }
  return issues;
}

/** Inputs of what runs many times: they have a value of their own, or get one each time. */
function checkInner(inputs: Record<string, JobInput>, given: ReadonlySet<string>, at: string): Issue[] {
  return Object.entries(inputs).flatMap(([name, { binding, optional }]): Issue[] => {
    const where = `${at}.inputs.${name}`;
    if (binding === null && !optional && !given.has(name))
      return [{ at: where, message: "a required input has no value" }];
    return isFixed(binding) ? [] : [{ at: where, message: "give it as an input of the step" }];
  });
}

const isFixed = (binding: Binding | null): boolean =>
  partsOf(binding).every((part) => part?.from !== "input" && part?.from !== "step");
