import { type Alias, isAlias, isMap, isScalar, isSeq, LineCounter, type YAMLError } from "yaml";
import { parseYamlDocument, YamlTooLarge } from "../../platform/yaml.ts";
import type { At, Issues } from "./issues.ts";

export type Literal = string | number | boolean;

export interface ScalarNode {
  kind: "scalar";
  value: Literal | null;
  /** As it was written, without quotes: version `1.10` stays `1.10`. */
  text: string;
  at: At;
  /** Where the nth occurrence (from 0) of a part of the text is. */
  locate(part: string, occurrence: number): At;
}

export interface MapEntry {
  name: string;
  /** Of the key. */
  at: At;
  node: Node;
}

export interface MapNode {
  kind: "map";
  entries: Map<string, MapEntry>;
  at: At;
}

export interface ListNode {
  kind: "list";
  items: Node[];
  at: At;
}

export type Node = ScalarNode | MapNode | ListNode;

const maxDepth = 100;
/** Copies made through aliases. Ten lines of nested aliases can otherwise grow to billions of nodes. */
const maxAliasedNodes = 50_000;

/** YAML text as a tree with positions; undefined, and issues, when it is not YAML that can be used. */
export function parseYaml(text: string, file: string, issues: Issues): Node | undefined {
  const counter = new LineCounter();
  const at = (offset: number): At => {
    const { line, col } = counter.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  try {
    const document = parseYamlDocument(text, { lineCounter: counter, stringKeys: true });
    for (const error of document.errors) issues.add(at(error.pos[0]), ...explain(error));
    if (document.errors.length > 0) return undefined;
    const builder = new TreeBuilder(document.contents, text, at);
    const root = builder.build();
    for (const duplicate of builder.duplicates) {
      issues.add(duplicate, "this key is already there in the same mapping", "Remove or rename one of the two.");
    }
    return builder.duplicates.length > 0 ? undefined : root;
  } catch (error) {
    if (error instanceof Refused) issues.add(error.at, error.message);
    else if (error instanceof YamlTooLarge) issues.add({ file, line: 1, column: 1 }, error.message);
    else throw error;
    return undefined;
  }
}

function explain(error: YAMLError): [message: string, hint?: string] {
  switch (error.code) {
    case "TAB_AS_INDENT":
      return ["a tab cannot be used as indentation", "Indent with spaces."];
    case "MULTIPLE_DOCS":
      return ["the file holds more than one document", "Keep one job per file; remove the line '---'."];
    default:
      return [`this is not valid YAML: ${error.message}`];
  }
}

class Refused extends Error {
  readonly at: At;
  constructor(at: At, message: string) {
    super(message);
    this.at = at;
  }
}

class TreeBuilder {
  readonly #contents: unknown;
  readonly #text: string;
  readonly #at: (offset: number) => At;
  /** Keys that are there a second time. */
  readonly duplicates: At[] = [];
  /** What each anchor stands for at this place of the file, and what each alias stood for at its own. */
  readonly #anchors = new Map<string, unknown>();
  readonly #targets = new Map<Alias, unknown>();
  #aliased = 0;

  constructor(contents: unknown, text: string, at: (offset: number) => At) {
    this.#contents = contents;
    this.#text = text;
    this.#at = at;
  }

  build(): Node {
    return this.#node(this.#contents, 0, 0, false);
  }

  #node(source: unknown, offset: number, depth: number, aliased: boolean): Node {
    if (isAlias(source)) {
      const from = source.range?.[0] ?? offset;
      const target = this.#targets.get(source) ?? this.#anchors.get(source.source);
      if (!target) throw new Refused(this.#at(from), `there is no anchor "&${source.source}" before this alias`);
      this.#targets.set(source, target);
      return this.#node(target, from, depth + 1, true);
    }
    if (!aliased) this.#remember(source);
    const start = (source as { range?: [number, number, number] } | null)?.range?.[0] ?? offset;
    if (depth > maxDepth) throw new Refused(this.#at(start), `nested deeper than ${maxDepth} levels`);
    if (aliased && ++this.#aliased > maxAliasedNodes) {
      throw new Refused(
        this.#at(start),
        `the aliases (*name) of this file expand to more than ${maxAliasedNodes} nodes`,
      );
    }
    if (isMap(source)) return this.#map(source.items, start, depth, aliased);
    if (isSeq(source)) {
      const items = source.items.map((item) => this.#node(item, start, depth + 1, aliased));
      return { kind: "list", items, at: this.#at(start) };
    }
    return this.#scalar(source, start);
  }

  /** The library would look for each alias from the beginning of the file. */
  #remember(source: unknown): void {
    const { anchor } = (source ?? {}) as { anchor?: string };
    if (anchor !== undefined) this.#anchors.set(anchor, source);
  }

  #map(pairs: { key: unknown; value: unknown }[], start: number, depth: number, aliased: boolean): MapNode {
    const entries = new Map<string, MapEntry>();
    const merged: Node[] = [];
    for (const pair of pairs) {
      const keyOffset = (pair.key as { range?: [number, number, number] } | null)?.range?.[0] ?? start;
      const name = isScalar(pair.key) ? String(pair.key.value ?? "") : String(pair.key);
      if (!aliased) this.#remember(pair.key);
      const node = this.#node(pair.value, keyOffset, depth + 1, aliased);
      if (name === "<<") merged.push(...(node.kind === "list" ? node.items : [node]));
      else if (entries.has(name)) this.duplicates.push(this.#at(keyOffset));
      else entries.set(name, { name, at: this.#at(keyOffset), node });
    }
    for (const source of merged) {
      if (source.kind !== "map") throw new Refused(source.at, 'the value of "<<" must be a mapping, or a list of them');
      for (const entry of source.entries.values()) if (!entries.has(entry.name)) entries.set(entry.name, entry);
    }
    return { kind: "map", entries, at: this.#at(start) };
  }

  #scalar(source: unknown, start: number): ScalarNode {
    const scalar = isScalar(source) ? source : undefined;
    const value = scalar?.value ?? null;
    const literal = isLiteral(value) ? value : value === null ? null : String(value);
    const end = scalar?.range?.[1] ?? start;
    return {
      kind: "scalar",
      value: literal,
      text: typeof literal === "string" ? literal : (scalar?.source ?? ""),
      at: this.#at(start),
      locate: (part, occurrence) => {
        let offset = start - 1;
        for (let seen = 0; seen <= occurrence; seen++) {
          offset = this.#text.indexOf(part, offset + 1);
          if (offset < 0 || offset >= end) return this.#at(start);
        }
        return this.#at(offset);
      },
    };
  }
}

const isLiteral = (value: unknown): value is Literal =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

/** A scalar that no file contains: an override, or a default. */
export function scalarAt(at: At, value: Literal, text: string = String(value)): ScalarNode {
  return { kind: "scalar", value, text, at, locate: () => at };
}

/** `a mapping`, `a list`, `text "x"`: how a message names what was found. */
export function describe(node: Node): string {
  if (node.kind === "map") return "a mapping";
  if (node.kind === "list") return "a list";
  if (node.value === null) return "empty";
  if (typeof node.value === "string")
    return `the text "${node.text.length > 40 ? `${node.text.slice(0, 40)}…` : node.text}"`;
  return `the ${typeof node.value} ${node.text}`;
}

/** The tree as plain data, for the parts of a file that are passed on as they are. */
export function plain(node: Node): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plain);
  return Object.fromEntries([...node.entries.values()].map((entry) => [entry.name, plain(entry.node)]));
}
