import type { ModelFinding } from "../../contract/model-check.ts";
import { objectsIn } from "./config-walk.ts";
import { isAllowed } from "./pickle/allow.ts";
import { printable } from "./pickle/check.ts";
import { found } from "./rules.ts";

/** The schema of a skops file: every type it makes must be one that a pickle may make. */
export function checkSkops(file: string, schema: unknown): ModelFinding[] {
  const strange = new Set<string>();
  for (const part of objectsIn(schema)) {
    const { __class__: name, __module__: module } = part;
    if (typeof name !== "string" || typeof module !== "string" || isAllowed(module, name)) continue;
    if (module === "builtins" && /^(NoneType|type)$/.test(name)) continue;
    if (isAllowed(module.replace(/^(numpy|scipy)\._core/, "$1.core"), name)) continue;
    strange.add(printable(`${module}.${name}`));
  }
  for (const part of objectsIn(schema)) {
    const { __loader__: loader } = part;
    if (loader === "MethodNode" || loader === "OperatorFuncNode") strange.add(`a ${loader}`);
  }
  if (strange.size === 0) return [];
  return [found("skops-type", file, `It makes ${[...strange].slice(0, 12).join(", ")}.`)];
}
