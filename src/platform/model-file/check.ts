import type { ModelFacts, ModelFinding } from "../../contract/model-check.ts";
import { checkArchive } from "./archive/check.ts";
import { checkContent } from "./content.ts";
import { checkMlmodel, largestMlmodel, type MlmodelReport } from "./mlmodel.ts";
import { checkOnnx } from "./onnx/check.ts";
import { checkPickle } from "./pickle/check.ts";
import { found } from "./rules.ts";
import type { Source } from "./source.ts";

export interface ModelFile {
  path: string;
  source: Source;
}

export interface ModelReport {
  findings: ModelFinding[];
  facts: ModelFacts;
}

const mostFindings = 500;
const largestExample = 256 * 1024;

/**
 * Judges the files of a model without loading any: what each would do to whoever loads it, and what they say about the
 * model. Nothing in them is executed, and no path in them is opened.
 */
export function checkFiles(files: ModelFile[]): ModelReport {
  const findings: ModelFinding[] = [];
  const facts: ModelFacts = { signature: null, inputs: [], outputs: [], inputExample: null };
  const siblings = new Map(files.map((file) => [file.path, file.source.size]));
  const mlmodel = mlmodelOf(files, findings);
  const pickles = new Set(mlmodel?.pickles);
  const data = new Set<string>();
  // First the models of ONNX: they say which other files are bytes of theirs.
  const isOnnx = (file: ModelFile) => /\.onnx$/i.test(file.path);
  for (const file of [...files.filter(isOnnx), ...files.filter((file) => !isOnnx(file))]) {
    findings.push(
      ...guarded(file.path, () => {
        if (!isOnnx(file)) return checkOne(file, pickles.has(file.path), data.has(file.path));
        const report = checkOnnx(file.path, file.source, siblings);
        if (facts.inputs.length === 0) Object.assign(facts, { inputs: report.inputs, outputs: report.outputs });
        for (const path of report.data) data.add(path);
        return report.findings;
      }),
    );
  }
  facts.signature = mlmodel?.signature ?? null;
  facts.inputExample = exampleOf(files.find((file) => file.path === mlmodel?.example)?.source);
  return { findings: findings.slice(0, mostFindings), facts };
}

function checkOne({ path, source }: ModelFile, isPickle: boolean, isData: boolean): ModelFinding[] {
  const archive = checkArchive(path, source);
  if (archive) return archive;
  const findings = checkContent(path, source).filter((finding) => !isData || finding.rule !== "unknown-format");
  if (!isPickle || findings.some((finding) => finding.rule.startsWith("pickle"))) return findings;
  return /\.(skops|json|ubj|onnx|safetensors|joblib)$/i.test(path)
    ? findings
    : [...findings, ...checkPickle(path, source)];
}

/** An MLmodel file at the top, or in the one folder there is. */
function mlmodelOf(files: ModelFile[], findings: ModelFinding[]): MlmodelReport | undefined {
  const file = files.find(({ path }) => /^([^/]+\/)?MLmodel$/.test(path));
  if (!file) return undefined;
  const { path, source } = file;
  if (source.size > largestMlmodel) {
    findings.push(found("mlmodel-broken", path, `It has ${source.size} bytes.`));
    return undefined;
  }
  const paths = new Set(files.map((other) => other.path));
  let report: MlmodelReport | undefined;
  findings.push(
    ...guarded(path, () => {
      const text = source.read(0, source.size).toString("utf8");
      report = checkMlmodel(path, text, path.slice(0, -"MLmodel".length), paths);
      return report.findings;
    }),
  );
  return report;
}

function exampleOf(source: Source | undefined): unknown {
  if (!source || source.size > largestExample) return null;
  try {
    return JSON.parse(source.read(0, source.size).toString("utf8"));
  } catch {
    return null;
  }
}

/** A fault of a reader counts as a file that could not be judged. */
function guarded(path: string, check: () => ModelFinding[]): ModelFinding[] {
  try {
    return check();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [found("unreadable", path, `Reading it failed: ${message.slice(0, 200)}`)];
  }
}
