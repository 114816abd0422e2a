import { z } from "zod";

/** The closed list of error codes and the HTTP status that each one travels under. */
export const errorStatus = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  stale: 409,
  precondition_failed: 412,
  too_large: 413,
  unprocessable: 422,
  too_many: 429,
  internal: 500,
  unsupported: 501,
  unavailable: 503,
} as const;

export type ErrorCode = keyof typeof errorStatus;

/** One finding about an input: what is wrong, where, and what to do about it. */
export const issueSchema = z.object({
  /** Where: `file:line:column`, or a path into the request body such as `body.files[2].path`. */
  at: z.string(),
  message: z.string(),
  hint: z.string().optional(),
});
export type Issue = z.infer<typeof issueSchema>;

export const problemSchema = z.object({
  code: z.enum(Object.keys(errorStatus) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  hint: z.string().optional(),
  issues: z.array(issueSchema).optional(),
  requestId: z.string().optional(),
});

/** The one error class. `message` says what happened and where; `hint` says what to do. */
export class Problem extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly issues: Issue[] | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; issues?: Issue[]; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "Problem";
    this.code = code;
    this.hint = options.hint;
    this.issues = options.issues;
  }

  get status(): number {
    return errorStatus[this.code];
  }

  toJSON(): z.infer<typeof problemSchema> {
    return { code: this.code, message: this.message, hint: this.hint, issues: this.issues };
  }
}

export const notFound = (what: string, name: string, hint?: string): Problem =>
  new Problem("not_found", `There is no ${what} "${name}".`, { hint });

export const invalid = (message: string, options: { hint?: string; issues?: Issue[] } = {}): Problem =>
  new Problem("invalid", message, options);

export const conflict = (message: string, hint?: string): Problem => new Problem("conflict", message, { hint });
