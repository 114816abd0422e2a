import { Problem } from "../contract/errors.ts";

/** Something in a pipeline that cannot be: where, and what. */
export const wrong = (at: string, message: string, hint?: string): Problem =>
  new Problem("invalid", `The pipeline is not valid: ${at}: ${message}.`, { hint });

/** Without types checked, a name that is misspelled gives undefined. */
export const undefinedAt = (at: string): Problem =>
  wrong(at, "it is undefined", "Is the output's name right? `tsc` would tell.");
