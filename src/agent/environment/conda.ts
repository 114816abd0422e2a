import { treePathSchema } from "../../contract/common.ts";
import { pathIn, pipLines } from "../../contract/pip-line.ts";
import { readYaml } from "../../platform/yaml.ts";
import { StepFailed } from "../failure.ts";

export interface Requirements {
  /** `3.11`, or null when the file does not ask for one. */
  python: string | null;
  /** Lines of a pip requirements file. */
  lines: string[];
  /** Files among those that came with it that say which versions are not taken. */
  constraints: string[];
}

/** Packages whose name in conda is not the one in the package index. */
const otherNames: Record<string, string> = {
  pytorch: "torch",
  "tensorflow-gpu": "tensorflow",
  "py-xgboost": "xgboost",
  "py-xgboost-cpu": "xgboost",
  "matplotlib-base": "matplotlib",
  opencv: "opencv-python-headless",
  "py-opencv": "opencv-python-headless",
  pytables: "tables",
  "dask-core": "dask",
  "msgpack-python": "msgpack",
  "python-graphviz": "graphviz",
  "faiss-cpu": "faiss-cpu",
  huggingface_hub: "huggingface-hub",
};

/** Packages of conda that are no Python: a compiler, a driver, an interpreter. The machine has them, or has not. */
const notPython = new Set(
  "cpuonly cudatoolkit cudnn nccl mkl mkl-service openmpi mpi libgcc libgcc-ng libstdcxx-ng gcc gxx gcc_linux-64 gxx_linux-64 cmake make git git-lfs curl openssl ffmpeg nodejs openjdk maven nb_conda_kernels conda mamba r-base r-essentials rust compilers ca-certificates certifi-win32".split(
    " ",
  ),
);

/**
 * Reads a conda file as pip requirements. Packages from conda channels are asked of the package index by the same
 * name, `name=1.2` meaning `name==1.2.*` as in conda; there is no conda here.
 */
export function readCondaFile(text: string, hasFiles = false): Requirements {
  let file: unknown;
  try {
    file = readYaml(text);
  } catch (error) {
    throw refuse(`it is not YAML: ${(error as Error).message}`);
  }
  const dependencies = (file as { dependencies?: unknown } | null)?.dependencies;
  if (!Array.isArray(dependencies)) throw refuse('it has no list "dependencies"');
  const requirements: Requirements = { python: null, lines: [], constraints: [] };
  for (const dependency of dependencies) {
    if (typeof dependency === "string") addConda(requirements, dependency);
    else if (Array.isArray((dependency as { pip?: unknown })?.pip)) {
      requirements.lines.push(...(dependency as { pip: unknown[] }).pip.map((line) => checkLine(line, hasFiles)));
    } else throw refuse(`a dependency is neither text nor a list "pip": ${JSON.stringify(dependency)}`);
  }
  const named = requirements.lines.map(pathIn);
  requirements.constraints = named.flatMap((one) => (one?.is === "constraints" ? [one.path] : []));
  return requirements;
}

const refuse = (why: string): StepFailed =>
  new StepFailed(`The conda file of the environment cannot be used: ${why}.`, { retryable: false });

function addConda(requirements: Requirements, dependency: string): void {
  const plain = dependency.replace(/^.*::/, "").trim();
  const match = /^([A-Za-z0-9_.-]+)\s*(.*)$/.exec(plain);
  if (!match) throw refuse(`it is not clear what "${dependency}" asks for`);
  const [, name = "", constraint = ""] = match;
  if (name === "pip" || name === "setuptools" || name === "wheel" || notPython.has(name)) return;
  if (name === "python") {
    requirements.python = /(\d+\.\d+)/.exec(constraint)?.[1] ?? null;
    if (constraint.trim().startsWith(">") || constraint.trim().startsWith("<")) requirements.python = null;
    return;
  }
  const asked = Object.hasOwn(otherNames, name) ? otherNames[name] : name;
  const exact = /^=?\s*=?\s*([0-9][\w.]*?)(\.\*|\*)?(?:=\w+)?$/.exec(constraint);
  if (exact) {
    const isExact = constraint.startsWith("==") && exact[2] === undefined;
    requirements.lines.push(`${asked}==${exact[1]}${isExact ? "" : ".*"}`);
  } else if (/^$|^(?:(?:[<>]=?|[=!]=|~=)\s*[\w.]+(?:\.\*)?\s*(?:,\s*|$))+$/.test(constraint)) {
    requirements.lines.push(`${asked}${constraint.trim()}`);
  } else throw refuse(`it is not clear what "${dependency}" asks for`);
}

const options =
  /^(-i|--index-url|--extra-index-url|--no-index|--find-links|-f|-c|--constraint|--pre|--no-binary|--only-binary)(?![\w-])/;

/** Nothing that would run or read something on this machine is taken from a file. */
function checkLine(given: unknown, hasFiles: boolean): string {
  const line = typeof given === "string" ? given.trim() : "";
  // A second line would be one that nobody looked at.
  if (line === "" || /[\r\n]/.test(line)) throw refuse(`a pip requirement is not one line: ${JSON.stringify(given)}`);
  const named = pathIn(line);
  if (named?.is === "requirements" || (line.startsWith("-") && !options.test(line))) {
    throw refuse(`the option "${line}" is not supported`);
  }
  // Who installs takes quotes and backslashes away, puts values in, and finds another path than the one looked at here.
  if (/["'\\]/.test(named?.path ?? (line.startsWith("-") ? line : "")) || named?.path.includes("$")) {
    throw refuse(`"${line}" has a quote, a backslash or a $ in a path or option`);
  }
  if (named && !(hasFiles && isBelow(named.path))) throw refuse(`"${line}" names a file that did not come with it`);
  if (!named && (/^[./~]|\bfile:/i.test(line) || namesPath(line)))
    throw refuse(`"${line}" names a place on this machine`);
  return line;
}

/** `name @ place`, where the place is no URL: uv takes a path of the machine there. */
const namesPath = (line: string): boolean => /^[\w.-]+\s*(\[[^\]]*\])?\s*@\s*(?![a-z][a-z0-9+.-]*:)/i.test(line);

const isBelow = (path: string): boolean => treePathSchema.safeParse(path.replace(/^\.\//, "")).success;

/** Constraints name versions, and nothing else. */
export function checkConstraints(path: string, text: string): void {
  const wrong = pipLines(text).find(
    (line) => /^[-./~]|file:/i.test(line.text) || namesPath(line.text) || pathIn(line.text),
  );
  if (wrong) throw refuse(`line ${wrong.number} of ${path} names no version: "${wrong.text}"`);
}
