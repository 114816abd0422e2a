import { asParameters } from "../contract/command.ts";
import { Problem } from "../contract/errors.ts";
import { type JobDefinition, jobDefinitionSchema } from "../contract/job.ts";
import { type CommandPlace, commandOf, defined } from "./command.ts";
import { handle } from "./component.ts";
import { Binder, type Draft, type DraftStep, type FilesPlace, outputSpecOf } from "./inputs.ts";
import { graphOf, type Pipeline } from "./pipeline.ts";
import {
  type AnyComponent,
  type CommandContent,
  content,
  type Graph,
  type LoopContent,
  type LoopSpec,
  type OrderOptions,
  type StepHandle,
  type StepOptions,
  type SweepContent,
} from "./spec.ts";
import type { Inputs, Outputs } from "./types.ts";
import { undefinedAt, wrong } from "./wrong.ts";

/** What lowering needs of the world: files become digests, names of environments what they stand for. */
export type Place = CommandPlace & FilesPlace;

/** A pipeline as the definition that YAML of the same meaning gives: the same digests, the same keys. */
export async function lowerPipeline({ pipeline }: Pipeline, place: Place): Promise<JobDefinition> {
  const { inputs: declared = {}, values = {}, steps: _, compute, ...about } = pipeline;
  const graph = graphOf(pipeline);
  const inputs = await new Binder(place, graph).inputs(declared, defined(values), "inputs");
  const draft: Draft = { type: "pipeline", ...about, inputs, ...(await lowerGraph(graph, { place, compute, at: "" })) };
  const parsed = jobDefinitionSchema.safeParse(draft);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ at: path.join("."), message }));
  if (issues.length === 1) throw wrong(issues[0]!.at, issues[0]!.message);
  throw new Problem("invalid", "The pipeline is not valid.", { issues });
}

interface Around {
  place: Place;
  /** Where steps run that do not say it. */
  compute: string | undefined;
  /** Begins the places in messages. */
  at: string;
}

type DraftGraph = Required<Pick<Draft, "steps" | "outputs">>;

async function lowerGraph(graph: Graph, around: Around): Promise<DraftGraph> {
  const binder = new Binder(around.place, graph);
  const lowering = new Lowering(binder, around);
  const steps: Draft["steps"] = {};
  for (const [name, step] of Object.entries(graph.steps)) steps[name] = await lowering.step(step, name);
  const links = Object.entries(graph.outputs).map(
    ([name, reference]) => [name, binder.output(reference, `${around.at}outputs.${name}`)] as const,
  );
  return { outputs: Object.fromEntries(links), steps };
}

type BodySteps = Extract<DraftStep, { type: "foreach" }>["body"]["steps"];

async function lowerBody(graph: Graph, around: Around): Promise<{ outputs: DraftGraph["outputs"]; steps: BodySteps }> {
  for (const [name, step] of Object.entries(graph.steps)) {
    if (step[content].type !== "gate") continue;
    const hint = "People would be asked for each item: make it a step of the pipeline.";
    throw wrong(`${around.at}steps.${name}`, "a loop repeats no gate", hint);
  }
  const { outputs, steps } = await lowerGraph(graph, around);
  return { outputs, steps: steps as BodySteps };
}

/** Makes the steps of one pipeline, or of the body of a loop, those of a definition. */
class Lowering {
  readonly #binder: Binder;
  readonly #around: Around;

  constructor(binder: Binder, around: Around) {
    this.#binder = binder;
    this.#around = around;
  }

  async step(step: StepHandle, name: string): Promise<DraftStep> {
    const what = step[content];
    const at = `${this.#around.at}steps.${name}`;
    const order = await this.#order(what.options, at);
    if (what.type === "command") return { ...order, ...(await this.#command(what, at)) };
    if (what.type === "sweep") return { ...order, ...(await this.#sweep(what, at)) };
    if (what.type === "foreach") return { ...order, ...(await this.#loop(what, at)) };
    const { inputs = {}, ...gate } = what.gate;
    return { type: "gate", ...order, ...gate, inputs: await this.#binder.shown(inputs, `${at}.inputs`) };
  }

  async #order({ displayName, after, when }: OrderOptions, at: string) {
    return {
      ...(displayName === undefined ? {} : { displayName }),
      ...(after ? { after: after.map((before) => this.#binder.nameOf(before, `${at}.after`)) } : {}),
      ...(when ? { when: await this.#binder.condition(when, `${at}.when`) } : {}),
    };
  }

  async #command({ component, given, options }: CommandContent, at: string): Promise<DraftStep> {
    const { inputs = {}, outputs = {} } = component.spec;
    return {
      ...(await this.#running(component, options, at)),
      inputs: await this.#binder.inputs(inputs, given, `${at}.inputs`),
      outputs: outputsOf(outputs),
    };
  }

  async #sweep({ component, given, options, sweep }: SweepContent, at: string): Promise<DraftStep> {
    const { inputs = {}, outputs = {} } = component.spec;
    const parameters = Object.keys(sweep.searchSpace);
    const { displayName, ...trial } = await this.#running(component, options, at);
    const bound = await this.#binder.inputs(without(inputs, parameters), given, `${at}.inputs`);
    return {
      type: "sweep",
      ...(displayName === undefined ? {} : { displayName }),
      inputs: bound,
      outputs: outputsOf(outputs),
      trial: {
        ...trial,
        command: asParameters(trial.command, parameters),
        inputs: Object.fromEntries(Object.entries(bound).filter(([, { binding }]) => binding === null)),
      },
      ...sweep,
    };
  }

  async #loop({ repeated, given, options, loop }: LoopContent, at: string): Promise<DraftStep> {
    const { item: _, of, ...limits } = loop;
    const graph = "spec" in repeated ? graphOfComponent(repeated, options) : repeated.graph;
    const fields = itemFields(loop, at);
    const inputs = await this.#binder.inputs(without(graph.inputs, fields), given, `${at}.inputs`);
    const open = await this.#binder.inputs(graph.inputs, {}, at);
    return {
      type: "foreach",
      ...limits,
      item: fields[0] ?? "item",
      items: Array.isArray(of) ? of : await this.#binder.required(of, `${at}.items`),
      inputs: Object.fromEntries(Object.entries(inputs).filter(([, { binding }]) => binding !== null)),
      outputs: Object.fromEntries(Object.keys(graph.outputs).map((name) => [name, { type: "uri_folder" as const }])),
      body: {
        inputs: Object.fromEntries(Object.entries(open).map(([name, input]) => [name, { ...input, binding: null }])),
        ...(await lowerBody(graph, { ...this.#around, at: `${at}.body.` })),
      },
    };
  }

  #running(component: AnyComponent, options: StepOptions, at: string) {
    const { place, compute } = this.#around;
    return commandOf(component, options, { compute }, place, at);
  }
}

/** A component that is repeated is a body of one step. */
function graphOfComponent(
  component: AnyComponent,
  { displayName: _, after: __, when: ___, ...options }: StepOptions,
): Graph {
  const { inputs, outputs = {} } = component.spec;
  return graphOf({
    inputs,
    steps(given) {
      const main = handle({ type: "command", component, given, options }, Object.keys(outputs));
      return { steps: { main }, outputs: main.outputs };
    },
  });
}

/** The inputs of what is repeated that an item fills. */
function itemFields({ item, of }: LoopSpec, at: string): readonly string[] {
  if (of === undefined) throw undefinedAt(`${at}.items`);
  if (item !== undefined) return typeof item === "string" ? [item] : item;
  if (!Array.isArray(of)) throw wrong(`${at}.item`, "nothing says which input gets an item");
  return [...new Set(of.flatMap((one) => Object.keys(one)))];
}

const without = (inputs: Inputs, names: readonly string[]): Inputs =>
  Object.fromEntries(Object.entries(inputs).filter(([name]) => !names.includes(name)));

const outputsOf = (outputs: Outputs): NonNullable<DraftStep["outputs"]> =>
  Object.fromEntries(Object.entries(outputs).map(([name, declaration]) => [name, outputSpecOf(declaration)]));
