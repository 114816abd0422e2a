import type { Field, ModelFinding } from "../../../contract/model-check.ts";
import { printable } from "../pickle/check.ts";
import { found } from "../rules.ts";
import { Malformed, type Source } from "../source.ts";
import { BadPlace, placeOfExternal, type Siblings } from "./external.ts";
import { fieldsOf, type ProtoField, textOf } from "./protobuf.ts";
import { fieldOf } from "./tensor-type.ts";

export interface OnnxReport {
  findings: ModelFinding[];
  inputs: Field[];
  outputs: Field[];
  /** Files beside the model that hold bytes of its tensors. */
  data: Set<string>;
}

/** Domains whose operators ONNX runtimes bring along. */
const standard = new Set([
  ...["", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview", "ai.onnx.preview.training"],
  ...["com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc"],
]);

const deepest = 64;
const mostFindings = 20;

/** Walks the model without loading it: its operators, where its tensors are, what it takes and gives. */
export function checkOnnx(file: string, source: Source, siblings: Siblings): OnnxReport {
  const walk = new Walk(source, file.slice(0, file.lastIndexOf("/") + 1), siblings);
  try {
    walk.model();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    walk.broken = `It is no whole ONNX model: at byte ${error.offset}, ${error.message}.`;
  }
  const findings = [...walk.external].slice(0, mostFindings).map((text) => found("onnx-external", file, text));
  if (walk.broken !== undefined) findings.push(found("onnx-broken", file, walk.broken));
  const foreign = [...walk.operators].filter((operator) => !walk.functions.has(operator));
  if (foreign.length > 0) {
    const names = foreign.slice(0, mostFindings).map(printable).join(", ");
    findings.push(found("onnx-custom-op", file, `It uses ${names}.`));
  }
  return { findings, inputs: walk.inputs, outputs: walk.outputs, data: walk.data };
}

class Walk {
  readonly inputs: Field[] = [];
  readonly outputs: Field[] = [];
  /** `domain.operator` of operators outside the standard. */
  readonly operators = new Set<string>();
  /** Those that the model itself defines by other operators. */
  readonly functions = new Set<string>();
  readonly external = new Set<string>();
  /** Files with bytes of tensors. */
  readonly data = new Set<string>();
  broken: string | undefined;
  private readonly source: Source;
  private readonly folder: string;
  private readonly siblings: Siblings;

  constructor(source: Source, folder: string, siblings: Siblings) {
    this.source = source;
    this.folder = folder;
    this.siblings = siblings;
  }

  model(): void {
    let graphs = 0;
    let version = 0n;
    for (const part of fieldsOf(this.source, 0, this.source.size)) {
      if (part.number === 1) version = part.value;
      else if (part.number === 7) {
        graphs++;
        this.graph(part, 0);
      } else if (part.number === 20) this.training(part);
      else if (part.number === 25) this.function(part);
    }
    if (graphs !== 1 || version === 0n) this.broken = "It has no graph or no version of the format, or two graphs.";
  }

  private graph(graph: ProtoField, depth: number): void {
    if (depth > deepest) throw new Malformed("graphs are nested too deep", graph.start);
    const given = new Set<string>();
    const inputs: Field[] = [];
    for (const part of this.children(graph)) {
      if (part.number === 1) this.node(part, depth);
      else if (part.number === 5) given.add(this.tensor(part));
      else if (part.number === 15) for (const inner of this.children(part)) if (inner.number <= 2) this.tensor(inner);
      if (depth > 0) continue;
      if (part.number === 11) inputs.push(fieldOf(this.source, part));
      else if (part.number === 12) this.outputs.push(fieldOf(this.source, part));
    }
    // Old exporters list weights among the inputs.
    if (depth === 0) this.inputs.push(...inputs.filter((input) => !given.has(input.name)));
  }

  private node(node: ProtoField, depth: number): void {
    let domain = "";
    let operator = "";
    for (const part of this.children(node)) {
      if (part.number === 4) operator = textOf(this.source, part);
      else if (part.number === 7) domain = textOf(this.source, part);
      else if (part.number === 5) this.attribute(part, depth);
    }
    if (!standard.has(domain)) this.operators.add(`${domain}.${operator}`);
  }

  private attribute(attribute: ProtoField, depth: number): void {
    for (const part of this.children(attribute)) {
      if (part.number === 5 || part.number === 10) this.tensor(part);
      else if (part.number === 6 || part.number === 11) this.graph(part, depth + 1);
      else if (part.number === 22 || part.number === 23)
        for (const inner of this.children(part)) if (inner.number <= 2 && inner.isNested) this.tensor(inner);
    }
  }

  private function(body: ProtoField): void {
    let domain = "";
    let name = "";
    for (const part of this.children(body)) {
      if (part.number === 1) name = textOf(this.source, part);
      else if (part.number === 10) domain = textOf(this.source, part);
      else if (part.number === 7) this.node(part, 1);
      else if (part.number === 11) this.attribute(part, 1);
    }
    this.functions.add(`${domain}.${name}`);
  }

  private training(info: ProtoField): void {
    for (const part of this.children(info)) if (part.number <= 2) this.graph(part, 1);
  }

  /** Gives the tensor's name. */
  private tensor(tensor: ProtoField): string {
    const entries: ProtoField[] = [];
    let name = "";
    let isExternal = false;
    for (const part of this.children(tensor)) {
      if (part.number === 8) name = textOf(this.source, part);
      else if (part.number === 13) entries.push(part);
      else if (part.number === 14) isExternal = part.value === 1n;
    }
    if (isExternal || entries.length > 0) {
      this.outside(name, entries);
    }
    return name;
  }

  private outside(name: string, entries: ProtoField[]): void {
    try {
      this.data.add(placeOfExternal(this.source, entries, this.folder, this.siblings));
    } catch (error) {
      if (!(error instanceof BadPlace)) throw error;
      this.external.add(`The tensor ${JSON.stringify(printable(name))} is kept outside the file: ${error.message}.`);
    }
  }

  private children(field: ProtoField): Iterable<ProtoField> {
    if (!field.isNested) throw new Malformed("a number is where a message should be", field.start);
    return fieldsOf(this.source, field.start, field.length);
  }
}
