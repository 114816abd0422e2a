import { stringify } from "yaml";
import { Problem } from "../../contract/errors.ts";
import { readYaml } from "../../platform/yaml.ts";
import type { Flavor } from "./mlmodel.ts";

/** The files in which a model folder says what the model needs; null where there is none. */
export interface ModelNeeds {
  conda: string | null;
  requirements: string | null;
  pythonEnv: string | null;
}

/** onnx builds some nodes from booleans, which protobuf refuses from version 7 on. */
const always = ["onnx==1.23.2", "onnxruntime==1.30.0", "protobuf<7", "mlflow"];
const treeConverters = ["onnxmltools==1.16.0"];
const keras = ["tf2onnx==1.17.0"];

const converters: Record<Flavor, string[]> = {
  sklearn: ["skl2onnx==1.20.0"],
  xgboost: ["skl2onnx==1.20.0", ...treeConverters],
  lightgbm: ["skl2onnx==1.20.0", ...treeConverters],
  tensorflow: keras,
  keras,
  pytorch: ["onnxscript==0.7.2"],
};

/**
 * A conda file with what the model itself asks for, and the converter beside it. Where the model names a package, that
 * is what counts: it was made with it.
 */
export function conversionEnvironment(flavor: Flavor, needs: ModelNeeds, called: string): string {
  const { plain, pip } = needs.conda !== null ? ofConda(needs.conda, called) : ofRequirements(needs, called);
  const named = new Set([...plain, ...pip].map(packageOf));
  const guests = flavor === "sklearn" && (named.has("xgboost") || named.has("lightgbm")) ? treeConverters : [];
  const added = [...always, ...converters[flavor], ...guests].filter((line) => !named.has(packageOf(line)));
  return stringify({ dependencies: [...plain, { pip: [...pip, ...added] }] });
}

function ofConda(text: string, called: string): { plain: string[]; pip: string[] } {
  const { dependencies } = (yaml(text, called) ?? {}) as { dependencies?: unknown };
  if (!Array.isArray(dependencies)) throw unreadable(called, 'it has no list "dependencies"');
  const plain: string[] = [];
  const pip: string[] = [];
  for (const dependency of dependencies) {
    const lines = (dependency as { pip?: unknown } | null)?.pip;
    if (typeof dependency === "string") plain.push(dependency);
    else if (Array.isArray(lines)) pip.push(...lines.map(String));
    else throw unreadable(called, "a dependency is neither text nor a list of pip");
  }
  return { plain, pip };
}

function ofRequirements({ requirements, pythonEnv }: ModelNeeds, called: string): { plain: string[]; pip: string[] } {
  if (requirements === null) {
    throw new Problem("unprocessable", `${called} does not say what it needs.`, {
      hint: "Its folder must have a conda.yaml or a requirements.txt, as mlflow writes them.",
    });
  }
  const { python } = (pythonEnv === null ? {} : (yaml(pythonEnv, called) ?? {})) as { python?: unknown };
  const lines = requirements.split("\n").map((line) => line.replace(/(^|\s)#.*$/, "").trim());
  return { plain: python === undefined ? [] : [`python=${python}`], pip: lines.filter((line) => line !== "") };
}

function yaml(text: string, called: string): unknown {
  try {
    // Versions such as 3.10 are text.
    return readYaml(text, { schema: "failsafe" });
  } catch (error) {
    throw unreadable(called, (error as Error).message.split("\n")[0]!);
  }
}

const unreadable = (called: string, why: string): Problem =>
  new Problem("unprocessable", `What ${called} needs cannot be read from its folder: ${why}.`);

/** `Scikit_Learn[all] ==1.7` and `conda-forge::scikit-learn=1.7` → `scikit-learn` */
function packageOf(line: string): string {
  const [name = ""] = /^[A-Za-z0-9._-]+/.exec(line.replace(/^[\w-]+::/, "")) ?? [];
  return name.toLowerCase().replaceAll(/[-_.]+/g, "-");
}
