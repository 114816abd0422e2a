import { Problem } from "../../contract/errors.ts";
import { readYaml } from "../../platform/yaml.ts";

/** Kinds of models that the converter reads; the order decides for a model with several. */
export const flavors = ["sklearn", "xgboost", "lightgbm", "tensorflow", "keras", "pytorch"] as const;
export type Flavor = (typeof flavors)[number];

export interface ModelFile {
  flavor: Flavor;
  hasExample: boolean;
  /** Path of the conda file that the model names, if it names one. */
  condaFile: string | null;
}

/** Reads what matters for a conversion out of an `MLmodel` file; refuses what cannot be converted. */
export function readModelFile(text: string, called: string): ModelFile {
  const file = recordOf(parsed(text, called));
  const named = recordOf(file.flavors);
  const flavor = flavors.find((candidate) => Object.hasOwn(named, candidate));
  if (!flavor) {
    const has = Object.keys(named).filter((name) => name !== "python_function");
    throw new Problem(
      "unprocessable",
      has.includes("onnx")
        ? `${called} is ONNX already; there is nothing to convert.`
        : `${called} cannot be converted to ONNX: it is of the flavour ${has.join(", ") || "python_function"}.`,
      { hint: `Models of the flavours ${flavors.join(", ")} can be.` },
    );
  }
  if (recordOf(file.signature).inputs === undefined) {
    throw new Problem("unprocessable", `${called} has no signature, so it is not known what it takes.`, {
      hint: "Log it with input_example, or with signature=infer_signature(inputs, outputs).",
    });
  }
  const { env } = recordOf(named.python_function);
  const conda = typeof env === "string" ? env : recordOf(env).conda;
  return {
    flavor,
    hasExample: typeof recordOf(file.saved_input_example_info).artifact_path === "string",
    condaFile: typeof conda === "string" ? conda : null,
  };
}

function parsed(text: string, called: string): unknown {
  try {
    return readYaml(text);
  } catch (error) {
    const [line] = (error as Error).message.split("\n");
    throw new Problem("unprocessable", `The MLmodel file of ${called} cannot be read: ${line}`);
  }
}

const recordOf = (value: unknown): Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
