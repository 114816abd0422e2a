// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import type { JobDefinition, JobOutput } from "../../contract/job.ts";
import { didYouMean } from "../../contract/suggest.ts";
import type { MapEntry } from "./document.ts";
import type { At, Issues } from "./issues.ts";
import { type OutputEntry, readOutput, refuseSource } from "./outputs.ts";
import type { LoadedStep } from "./step.ts";
import { areFilesAlike, isCompatible } from "./types.ts";

/** The outputs of every step that could be loaded, and which of them the pipeline's own outputs are. */
export interface PlacedOutputs {
  steps: Map<string, Record<string, JobOutput>>;
  /** The same as it was written: a type that nothing says is missing. */
  written: Map<string, Map<string, OutputEntry>>;
  pipeline: JobDefinition["outputs"];
}

/**
 * The `outputs` of a pipeline job. Azure ML binds them in the step that writes them; a binding here,
 * `${{parent.jobs.s.outputs.o}}`, says the same and is accepted too.
 */
export function readPipelineOutputs(entries: MapEntry[], issues: Issues): Map<string, OutputEntry> {
  const outputs = new Map<string, OutputEntry>();
  for (const entry of entries) {
    const output = readOutput(entry, issues);
    if (output?.becomes) issues.add(output.becomes.at, "an output of the pipeline has nothing above it to be bound to");
    if (output) outputs.set(output.name, output);
  }
  return outputs;
}

/** Joins each output of the pipeline with the step that writes it; its type and registration go to the step's output. */
export function placeOutputs(
  steps: Map<string, LoadedStep | undefined>,
  declared: Map<string, OutputEntry>,
  issues: Issues,
): PlacedOutputs {
  const links = new Links(steps, declared, issues);
  for (const step of steps.values()) {
    for (const output of step?.outputs.values() ?? []) {
      refuseSource(output, issues);
      if (output.becomes)
        links.claim(output.becomes.value, { step: step!.name, output: output.name }, output.becomes.at);
    }
  }
  for (const output of declared.values()) {
    if (output.from) links.claim(output.name, output.from.value, output.from.at);
  }
  links.reportUnwritten();
  const placed: PlacedOutputs = { steps: new Map(), written: new Map(), pipeline: links.pipeline };
  for (const step of steps.values()) {
    if (!step) continue;
    const outputs = [...step.outputs.values()].map((output) => {
      const target = links.targetOf(step.name, output.name);
      return [output.name, join(output, target, issues)] as const;
    });
    placed.written.set(step.name, new Map(outputs));
    placed.steps.set(step.name, Object.fromEntries(outputs.map(([name, output]) => [name, jobOutput(output)])));
  }
  return placed;
}

type Source = { step: string; output: string };

class Links {
  readonly pipeline: JobDefinition["outputs"] = {};
  readonly #steps: Map<string, LoadedStep | undefined>;
  readonly #declared: Map<string, OutputEntry>;
  readonly #issues: Issues;
  readonly #targets = new Map<string, OutputEntry>();

  constructor(steps: Map<string, LoadedStep | undefined>, declared: Map<string, OutputEntry>, issues: Issues) {
    this.#steps = steps;
    this.#declared = declared;
    this.#issues = issues;
  }

  claim(name: string, source: Source, at: At): void {
    const target = this.#declared.get(name);
    if (!target) {
      const declare = `Declare it: outputs: { ${name}: { type: uri_folder } }.`;
      const hint = this.#declared.size > 0 ? didYouMean(name, this.#declared.keys()) : declare;
      this.#issues.add(at, `the pipeline has no output "${name}"`, hint);
      return;
    }
    if (!this.#exists(source, at)) return;
    const earlier = Object.hasOwn(this.pipeline, name) ? this.pipeline[name] : undefined;
    if (earlier && (earlier.step !== source.step || earlier.output !== source.output)) {
      this.#issues.add(at, `the step "${earlier.step}" already writes the pipeline's output "${name}"`);
      return;
    }
    this.pipeline[name] = source;
    this.#targets.set(`${source.step}.${source.output}`, target);
  }

  #exists({ step: name, output }: Source, at: At): boolean {
    const step = this.#steps.get(name);
    if (step?.outputs.has(output)) return true;
    if (step) {
      this.#issues.add(at, `the step "${name}" has no output "${output}"`, didYouMean(output, step.outputs.keys()));
    } else if (!this.#steps.has(name)) {
      this.#issues.add(at, `there is no step "${name}"`, didYouMean(name, this.#steps.keys()));
    }
    return false;
  }

  targetOf(step: string, output: string): OutputEntry | undefined {
    return this.#targets.get(`${step}.${output}`);
  }

  /** A step that was refused may be the one that writes; then nothing is said. */
  reportUnwritten(): void {
    if ([...this.#steps.values()].includes(undefined)) return;
    for (const output of this.#declared.values()) {
      if (Object.hasOwn(this.pipeline, output.name) || output.from) continue;
      const hint = `In the step that writes it, write under "outputs": <output>: \${{parent.outputs.${output.name}}}.`;
      this.#issues.warn(output.at, `no step writes the pipeline's output "${output.name}": it stays empty`, hint);
    }
  }
}

function join(output: OutputEntry, target: OutputEntry | undefined, issues: Issues): OutputEntry {
  const differs = output.type && target?.type && !isCompatible(output.type.value, target.type.value);
  const isWritten = differs && areFilesAlike(output.type!.value, target.type!.value);
  if (differs) {
    const message = `the output "${output.name}" is ${output.type!.value}, but the pipeline's "${target.name}" is ${target.type!.value}`;
    if (isWritten) issues.warn(target.type!.at, `${message}: it is what the step writes`);
    else issues.add(target.type!.at, message);
  }
  if (output.register && target?.register) {
    const message = `the output "${target.name}" is already registered by its step as "${output.register.name}"`;
    issues.add(target.register.at, message);
  }
  return {
    name: output.name,
    at: output.at,
    type: isWritten ? output.type : (target?.type ?? output.type),
    register: target?.register ?? output.register,
    url: target?.url ?? output.url,
  };
}

const jobOutput = ({ type, register, url }: OutputEntry): JobOutput => ({
  ...(url === undefined ? {} : { url }),
  type: type?.value ?? "uri_folder",
  register: register
    ? { name: register.name, ...(register.version === undefined ? {} : { version: register.version }) }
    : null,
});
