import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const source = join(root, "src");

/** Which layers, or files of them, a layer may import; docs/architecture.md draws it. */
const mayImport: Record<string, string[]> = {
  contract: [],
  platform: ["contract"],
  engine: ["contract", "platform"],
  languages: ["contract", "platform/yaml.ts"],
  features: ["contract", "platform", "engine", "languages"],
  compat: ["contract", "platform", "engine", "features"],
  server: ["contract", "platform", "engine", "features", "compat"],
  agent: ["contract", "platform"],
  serving: ["contract", "platform"],
  authoring: ["contract"],
  cli: ["contract", "platform", "authoring", "server"],
  studio: ["contract"],
};

/** Borrowed languages that are text only: they translate into definitions of the contract and know no feature. */
const languages = ["compat/azureml/", "compat/azurepipelines/"];

/** Longest file that needs no second look. */
const longestFile = 400;

function* filesBelow(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* filesBelow(path);
    else if (/\.tsx?$/.test(name)) yield path;
  }
}

const insideOf = (path: string): string => relative(source, path).split("\\").join("/");

const layerOf = (path: string): string => {
  const inside = insideOf(path);
  return languages.some((language) => inside.startsWith(language)) ? "languages" : inside.split("/")[0]!;
};

const mayReach = (from: string, to: string): boolean => {
  const allowed = [layerOf(from), ...(mayImport[layerOf(from)] ?? [])];
  return allowed.includes(layerOf(to)) || allowed.includes(insideOf(to));
};

const isTest = (path: string): boolean => /\.(test|fixture)\.tsx?$|testing\.ts$/.test(path);

interface Import {
  from: string;
  to: string;
  specifier: string;
}

const files = [...filesBelow(source)].map((path) => ({ path, text: readFileSync(path, "utf8") }));
const imports: Import[] = files
  .filter(({ path }) => !isTest(path))
  .flatMap(({ path, text }) =>
    [...text.matchAll(/^(?:import|export)[^"';]*from "([^"]+)"|^import "([^"]+)"|import\("([^"]+)"\)/gm)].map(
      (match) => {
        const specifier = match[1] ?? match[2] ?? match[3]!;
        return { from: path, to: specifier.startsWith(".") ? resolve(dirname(path), specifier) : "", specifier };
      },
    ),
  );

const show = (path: string): string => relative(root, path);

describe("the source is tidy", () => {
  it("has enough in it to be looked at", () => {
    expect(imports.length).toBeGreaterThan(500);
  });

  it("imports downwards only", () => {
    const wrong = imports
      .filter(({ to }) => to.startsWith(source))
      .filter(({ from, to }) => !mayReach(from, to))
      .map(({ from, to }) => `${show(from)} imports ${show(to)}`);
    expect(wrong).toEqual([]);
  });

  it("enters a feature by its index only", () => {
    const featureOf = (path: string) => /src\/features\/([^/]+)\//.exec(path)?.[1];
    const wrong = imports
      .filter(({ to }) => featureOf(to) !== undefined)
      .filter(({ from, to }) => featureOf(from) !== featureOf(to) && !to.endsWith("/index.ts"))
      .map(({ from, to }) => `${show(from)} imports ${show(to)}`);
    expect(wrong).toEqual([]);
  });

  it("has no cycle of features", () => {
    const needs = new Map<string, Set<string>>();
    for (const { from, to } of imports) {
      const [one, other] = [from, to].map((path) => /src\/features\/([^/]+)\//.exec(path)?.[1]);
      if (one && other && one !== other) needs.set(one, (needs.get(one) ?? new Set()).add(other));
    }
    const reaches = (start: string, goal: string, seen = new Set<string>()): boolean =>
      [...(needs.get(start) ?? [])].some(
        (next) => next === goal || (!seen.has(next) && reaches(next, goal, seen.add(next))),
      );
    expect([...needs.keys()].filter((feature) => reaches(feature, feature))).toEqual([]);
  });

  it("keeps contract and studio free of node and of everything but their libraries", () => {
    const outside = imports.filter(({ specifier }) => !specifier.startsWith("."));
    const contract = outside.filter(({ from, specifier }) => layerOf(from) === "contract" && specifier !== "zod");
    const studio = outside.filter(({ from, specifier }) => layerOf(from) === "studio" && specifier.startsWith("node:"));
    expect([...contract, ...studio].map(({ from, specifier }) => `${show(from)} imports ${specifier}`)).toEqual([]);
  });

  it("loads native libraries only in processes of their own", () => {
    const native = imports.filter(({ specifier }) => /^(onnxruntime-node|@duckdb\/)/.test(specifier));
    expect(
      native
        .map(({ from }) => show(from))
        .filter((path) => !/^src\/(serving\/model-process|platform\/table\/)/.test(path)),
    ).toEqual([]);
  });

  it("starts no shell and reads the environment only where processes begin", () => {
    const shell = files.filter(({ text }) => /\bexec(Sync)?\(|shell: true/.test(text.replaceAll(/\.exec\(/g, "")));
    expect(shell.map(({ path }) => show(path))).toEqual([]);
    const allowed = /^src\/(platform\/config|cli\/|agent\/|serving\/|server\/local-|platform\/table\/)/;
    const readers = files.filter(({ path, text }) => !isTest(path) && /process\.env/.test(text));
    expect(readers.map(({ path }) => show(path)).filter((path) => !allowed.test(path))).toEqual([]);
  });

  it("has files short enough to be read", () => {
    const long = files
      .map(({ path, text }) => ({ path: show(path), lines: text.split("\n").length }))
      .filter(({ path, lines }) => lines > longestFile && !isTest(path));
    expect(long).toEqual([]);
  });

  it("has no leftover marks", () => {
    const marks = new RegExp(["TO", "DO|FIX", "ME|X", "XX"].join(""));
    expect(files.filter(({ text }) => marks.test(text)).map(({ path }) => show(path))).toEqual([]);
  });
});
