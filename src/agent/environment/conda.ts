import { parse } from "yaml";
import { StepFailed } from "../failure.ts";

export interface Requirements {
  /** `3.11`, or null when the file does not ask for one. */
  python: string | null;
  /** Lines of a pip requirements file. */
  lines: string[];
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
export function readCondaFile(text: string): Requirements {
  let file: unknown;
  try {
    file = parse(text);
  } catch (error) {
    throw refuse(`it is not YAML: ${(error as Error).message}`);
  }
  const dependencies = (file as { dependencies?: unknown } | null)?.dependencies;
  if (!Array.isArray(dependencies)) throw refuse('it has no list "dependencies"');
  const requirements: Requirements = { python: null, lines: [] };
  for (const dependency of dependencies) {
    if (typeof dependency === "string") addConda(requirements, dependency);
    else if (Array.isArray((dependency as { pip?: unknown })?.pip)) {
      requirements.lines.push(...(dependency as { pip: unknown[] }).pip.map((line) => checkLine(line)));
    } else throw refuse(`a dependency is neither text nor a list "pip": ${JSON.stringify(dependency)}`);
  }
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

/** Options that would run or read something on this machine are not taken from a file. */
function checkLine(given: unknown): string {
  const line = typeof given === "string" ? given.trim() : "";
  // A second line would be one that nobody looked at.
  if (line === "" || /[\r\n]/.test(line)) throw refuse(`a pip requirement is not one line: ${JSON.stringify(given)}`);
  const isOption = line.startsWith("-");
  if (isOption && !/^(-i|--index-url|--extra-index-url|--find-links|-f|--pre|--no-binary|--only-binary)\b/.test(line)) {
    throw refuse(`the option "${line}" is not supported`);
  }
  return line;
}
