import { PassThrough, pipeline, Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest, RequestPayload } from "fastify";
import type { z } from "zod";
import { type Issue, invalid, Problem } from "../../contract/errors.ts";
import type { Contract, Operation, Request, Response } from "../../contract/operation.ts";
import type { Permission } from "../../contract/permissions.ts";
import type { Actor, Ctx } from "../context.ts";

/** Who is calling, and what they may do where. */
export interface Principal {
  actor: Actor;
  may(permission: Permission, workspace: string): boolean;
  /** Set for the token of a task: the only workspace it works in. */
  workspace?: string;
}

/** Finds out who is calling; undefined when no credential was sent, `unauthenticated` when a wrong one was. */
export type Authenticate = (request: FastifyRequest) => Promise<Principal | undefined>;

export interface HandlerCall {
  principal: Principal | undefined;
  request: FastifyRequest;
  reply: FastifyReply;
  /** The body as it was sent; only of an operation that keeps it. */
  raw: Buffer | undefined;
}

/** One function per operation: what came in, the context, and for the few that need it the call itself. */
export type Handlers<C extends Record<string, Operation>> = {
  [Verb in keyof C]: (input: Request<C[Verb]>, ctx: Ctx, call: HandlerCall) => Promise<Response<C[Verb]>>;
};

export type AllHandlers<C extends Contract> = { [Noun in keyof C]: Handlers<C[Noun]> };

interface BindOptions {
  ctx: Ctx;
  authenticate: Authenticate;
  /** Fails when there is no such workspace. */
  requireWorkspace(name: string): Promise<void>;
}

const jsonLimit = 1024 * 1024;
const streamLimit = 64 * 1024 ** 3;

/** Serves a contract: parses, authorises, calls the handler, serialises. An operation without a handler does not compile. */
export function bind<C extends Contract>(
  server: FastifyInstance,
  contract: C,
  handlers: AllHandlers<C>,
  options: BindOptions,
): void {
  for (const [noun, operations] of Object.entries(contract)) {
    for (const [verb, operation] of Object.entries(operations)) {
      const handler = handlers[noun]?.[verb] as AnyHandler | undefined;
      if (!handler) throw new Error(`${noun}.${verb} has no handler`);
      bindOne(server, operation, handler, options);
    }
  }
}

type AnyHandler = (input: unknown, ctx: Ctx, call: HandlerCall) => Promise<unknown>;

function bindOne(server: FastifyInstance, operation: Operation, handler: AnyHandler, options: BindOptions): void {
  server.route({
    method: operation.method,
    url: `/api/v1${operation.path.replace(/\{(\w+)\}/g, ":$1")}`,
    bodyLimit: operation.bodyLimit ?? (operation.body === "bytes" ? streamLimit : jsonLimit),
    ...(operation.keepsRaw && { preParsing: keepRaw }),
    handler: async (request, reply) => {
      const principal = await options.authenticate(request);
      const workspace = authorise(operation, principal, request);
      if (workspace !== undefined) await options.requireWorkspace(workspace);
      const input = {
        params: parsePart("path", operation.params, request.params),
        query: parsePart("query", operation.query, request.query),
        body: operation.body === "bytes" ? request.body : parsePart("body", operation.body as z.ZodType, request.body),
      };
      const ctx: Ctx = principal ? { ...options.ctx, actor: principal.actor } : options.ctx;
      const output = await handler(input, ctx, { principal, request, reply, raw: raws.get(request) });
      options.ctx.failpoint("http.beforeReply");
      return send(reply, operation, output);
    },
  });
}

const raws = new WeakMap<FastifyRequest, Buffer>();

/** Passes a body on, and keeps it. */
async function keepRaw(request: FastifyRequest, _reply: FastifyReply, payload: RequestPayload): Promise<Readable> {
  const chunks: Buffer[] = [];
  const kept = new PassThrough();
  payload.on("data", (chunk: Buffer) => chunks.push(chunk));
  payload.on("end", () => raws.set(request, Buffer.concat(chunks)));
  // A call that breaks off fails the pass-through, whose reader then gives up.
  pipeline(payload, kept, () => {});
  return kept;
}

/**
 * Deny unless allowed. The workspace is the one in the path, else in the query, else any. Gives the one that was named:
 * only who may do this in a workspace learns whether it exists.
 */
function authorise(
  operation: Operation,
  principal: Principal | undefined,
  { params, query }: FastifyRequest,
): string | undefined {
  if (operation.permission === "public") return undefined;
  if (!principal) throw new Problem("unauthenticated", "This needs a credential.", { hint: signInHint });
  if (operation.permission === "signed-in") {
    if (principal.workspace === undefined) return undefined;
    throw new Problem("forbidden", "This is for people and programs with an account; the token of a step has none.");
  }
  const named = (params as { workspace?: string }).workspace ?? (query as { workspace?: string }).workspace;
  requirePermission(principal, operation.permission, named ?? "*");
  return named;
}

export function requirePermission(principal: Principal, permission: Permission, workspace: string): void {
  if (principal.may(permission, workspace)) return;
  const where = workspace === "*" ? "" : ` in workspace ${workspace}`;
  throw new Problem("forbidden", `${principal.actor.name} may not ${permission.replace(":", " → ")}${where}.`, {
    hint: `This needs the permission ${permission}; an owner can give you a role that has it.`,
  });
}

export const signInHint =
  "Run `trainyard sign-in` for a link to Studio, or send `Authorization: Bearer <token>` (see credentials.json in the home folder).";

function parsePart(part: "path" | "query" | "body", schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) return undefined;
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(
    (issue): Issue => ({
      at: [part, ...issue.path].reduce<string>(
        (path, key) => (typeof key === "number" ? `${path}[${key}]` : path ? `${path}.${String(key)}` : String(key)),
        "",
      ),
      message: wordsOf(issue),
    }),
  );
  const first = issues[0];
  throw invalid(`The ${part} of the request is not valid: ${first?.at}: ${first?.message}.`, { issues });
}

/** A type that does not fit, without the schema library's own words for it. */
function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_key" && issue.issues[0]) return wordsOf(issue.issues[0]);
  if (issue.code !== "invalid_type" || !issue.message.startsWith("Invalid input: expected")) return issue.message;
  if (issue.message.endsWith("received undefined")) return "is missing";
  const expected = issue.expected === "int" ? "whole number" : issue.expected;
  return `must be ${/^[aeiou]/.test(expected) ? "an" : "a"} ${expected}`;
}

function send(reply: FastifyReply, operation: Operation, output: unknown): unknown {
  if (operation.response === "bytes") return sendBytes(reply, output as Response<Operation & { response: "bytes" }>);
  if (operation.response === "events") return sendEvents(reply, output as AsyncIterable<unknown>);
  if (!operation.response) return reply.code(204).send();
  return (operation.response as z.ZodType).parse(output);
}

function sendBytes(
  reply: FastifyReply,
  output: { bytes: AsyncIterable<Uint8Array>; size?: number; contentType?: string; fileName?: string },
): FastifyReply {
  reply.header("content-type", output.contentType ?? "application/octet-stream");
  if (output.size !== undefined) reply.header("content-length", output.size);
  const name = output.fileName?.replace(/[^\w.-]/g, "_");
  reply.header("content-disposition", name ? `attachment; filename="${name}"` : "attachment");
  return reply.send(Readable.from(output.bytes, { objectMode: false }));
}

function sendEvents(reply: FastifyReply, events: AsyncIterable<unknown>): FastifyReply {
  reply.header("content-type", "text/event-stream").header("cache-control", "no-store");
  return reply.send(
    Readable.from(
      (async function* () {
        yield ": connected\n\n";
        for await (const event of events) yield `data: ${JSON.stringify(event)}\n\n`;
      })(),
    ),
  );
}
