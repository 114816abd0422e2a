import { type ErrorCode, Problem } from "../../contract/errors.ts";

/** MLflow's name for each of our codes, and the status its client expects with it. */
const answers: Record<ErrorCode, { status: number; code: string }> = {
  invalid: { status: 400, code: "INVALID_PARAMETER_VALUE" },
  unauthenticated: { status: 401, code: "UNAUTHENTICATED" },
  forbidden: { status: 403, code: "PERMISSION_DENIED" },
  not_found: { status: 404, code: "RESOURCE_DOES_NOT_EXIST" },
  conflict: { status: 400, code: "RESOURCE_ALREADY_EXISTS" },
  stale: { status: 409, code: "RESOURCE_CONFLICT" },
  // MLflow says 500 here, upon which its client tries again for minutes.
  precondition_failed: { status: 400, code: "INVALID_STATE" },
  too_large: { status: 413, code: "BAD_REQUEST" },
  unprocessable: { status: 400, code: "INVALID_PARAMETER_VALUE" },
  too_many: { status: 429, code: "REQUEST_LIMIT_EXCEEDED" },
  internal: { status: 500, code: "INTERNAL_ERROR" },
  unsupported: { status: 501, code: "NOT_IMPLEMENTED" },
  unavailable: { status: 503, code: "TEMPORARILY_UNAVAILABLE" },
};

/** An error as the MLflow REST API answers it. The hint goes into the message: clients show nothing else. */
export function answerOf(problem: Problem): { status: number; body: { error_code: string; message: string } } {
  const { status, code } = answers[problem.code];
  const { message: what, hint } = problem;
  const message = hint ? `${what}${/[.!?]$/.test(what) ? "" : "."} ${hint}` : what;
  return { status, body: { error_code: code, message } };
}

export const invalidParameter = (message: string): Problem => new Problem("invalid", message);

const seeDocs = "See the API docs for more information about request parameters.";

export const missingValue = (at: string): Problem =>
  invalidParameter(`Missing value for required parameter '${at}'. ${seeDocs}`);

export const wrongValue = (at: string, value: unknown, reason = `Hint: Value was of type '${typeName(value)}'.`) =>
  invalidParameter(`Invalid value ${shown(value)} for parameter '${at}' supplied:  ${reason} ${seeDocs}`);

/** A number that was written as `9.0`. */
export class WholeDouble {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

const shown = (value: unknown): string =>
  value instanceof WholeDouble ? value.value.toFixed(1) : JSON.stringify(value);

/** Python's name of the type, which is what the client's users know. */
function typeName(value: unknown): string {
  if (value === null || value === undefined) return "NoneType";
  if (Array.isArray(value)) return "list";
  if (value instanceof WholeDouble) return "float";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  return { string: "str", boolean: "bool", object: "dict" }[typeof value as string] ?? typeof value;
}
