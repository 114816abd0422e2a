import type { FastifyReply, FastifyRequest } from "fastify";
import type { Method } from "../../contract/operation.ts";
import type { Permission } from "../../contract/permissions.ts";
import type { Ctx } from "../../platform/context.ts";
import type { Principal } from "../../platform/http/bind.ts";
import type { Input } from "./input.ts";

export interface Call {
  ctx: Ctx;
  principal: Principal;
  workspace: string;
  input: Input;
  /** Segments of the path. */
  params: Record<string, string>;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** One endpoint of the MLflow REST API. What the handler gives back travels as JSON; empty things stay away. */
export interface Route {
  method: Method;
  /** Under `/api/2.0/mlflow` and `/ajax-api/2.0/mlflow`; `{name}` is a segment. */
  path: string;
  /** Versions of the API that have it; 2.0 when nothing is said. */
  versions?: readonly ("2.0" | "3.0")[];
  permission: Permission;
  /** Needs no permission in the workspace of the request: the handler looks at what the caller may do where. */
  anywhere?: true;
  handler(call: Call): Promise<unknown>;
}

/** JSON of people's own, which travels as it is, empty things too. */
export class Verbatim {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** Protobuf's JSON leaves out what is not set: undefined, null and empty lists. */
export function compact(value: unknown): unknown {
  if (value instanceof Verbatim) return value.value;
  if (Array.isArray(value)) return value.map(compact);
  if (typeof value !== "object" || value === null || isFlat(value)) return value;
  const entries = Object.entries(value).flatMap(([key, item]) => {
    if (item === undefined || item === null || (Array.isArray(item) && item.length === 0)) return [];
    return [[key, compact(item)]];
  });
  return Object.fromEntries(entries);
}

/** Only texts, numbers and flags, as the thousands of facts of a page of runs: nothing to leave out. */
function isFlat(value: object): boolean {
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === "object" || item === undefined) return false;
  }
  return true;
}
