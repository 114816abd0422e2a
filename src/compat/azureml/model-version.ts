import { isModelVersion } from "../../contract/model-type.ts";
import type { Issues, Located } from "./issues.ts";

/** Azure takes any word. */
export function checkModelVersion({ value, at }: Located<string>, issues: Issues): void {
  if (isModelVersion(value.trim())) return;
  const message = `"${value}" cannot be the version of a model: versions of models are whole numbers`;
  issues.add(at, message, "Leave it out for the next number.");
}
