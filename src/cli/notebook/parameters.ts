import { type Statement, withoutComment } from "./statements.ts";

export type ParameterType = "number" | "integer" | "boolean" | "string" | "uri_file" | "uri_folder";

/** A variable of the cell tagged `parameters`: an argument of the script, an input or the output of the component. */
export interface Parameter {
  name: string;
  type: ParameterType;
  /** As in the notebook; null is `None`. */
  value: string | number | boolean | null;
  /** Its value as Python text. */
  python: string;
  description: string;
  isOutput: boolean;
}

const outputNames = /^(output|outputs|out|output_(dir|folder|path)|out_dir)$/;

/** The parameter that a statement sets, or undefined: `alpha: float = 0.5  # strength of the regularisation`. */
export function parameterOf(
  statement: Statement,
  kindOfPath: (path: string) => "uri_file" | "uri_folder" | undefined,
): Parameter | undefined {
  if (statement.kind === "magic" || statement.text.includes("\n")) return undefined;
  const { code, comment } = withoutComment(statement.text);
  const [, name, hint = "", python] = /^([A-Za-z_]\w*)\s*(?::([^=]+))?=(?!=)\s*(.+)$/.exec(code) ?? [];
  if (name === undefined || python === undefined) return undefined;
  const found = literal(python.trim(), hint.trim());
  if (!found) return undefined;
  const isOutput = outputNames.test(name) && (found.type === "string" || found.value === null);
  const path = typeof found.value === "string" && found.value !== "" ? kindOfPath(found.value) : undefined;
  const type = isOutput ? "uri_folder" : (path ?? found.type);
  return { name, type, value: found.value, python: python.trim(), description: comment, isOutput };
}

function literal(text: string, hint: string): Pick<Parameter, "type" | "value"> | undefined {
  if (text === "True" || text === "False") return { type: "boolean", value: text === "True" };
  if (text === "None") return { type: hinted(hint) ?? "string", value: null };
  if (/^[+-]?\d[\d_]*$/.test(text)) {
    const type = /^(float)\b/.test(hint) ? "number" : "integer";
    return { type, value: Number(text.replaceAll("_", "")) };
  }
  if (/^[+-]?(\d[\d_]*)?\.?\d*(e[+-]?\d+)?$/i.test(text) && /\d/.test(text)) {
    return { type: "number", value: Number(text.replaceAll("_", "")) };
  }
  const string = /^(["'])((?:(?!\1)[^\\]|\\["'\\])*)\1$/.exec(text)?.[2];
  return string === undefined ? undefined : { type: "string", value: string.replace(/\\(.)/g, "$1") };
}

/** `Optional[float]`, `int | None` */
function hinted(hint: string): ParameterType | undefined {
  if (/\bfloat\b/.test(hint)) return "number";
  if (/\bint\b/.test(hint)) return "integer";
  return /\bbool\b/.test(hint) ? "boolean" : undefined;
}
