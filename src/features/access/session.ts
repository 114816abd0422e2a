import type { FastifyReply, FastifyRequest } from "fastify";
import { Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import type { Authenticate, Principal } from "../../platform/http/bind.ts";
import { remember } from "../../platform/remember.ts";
import { principalOf } from "./service.ts";

/** Cookies are shared by all ports of a host: the port in the name keeps several servers on one machine apart. */
const cookieName = (request: FastifyRequest): string =>
  `trainyard_${(request.headers.host ?? "").match(/:(\d+)$/)?.[1] ?? "session"}`;

export const sessionOf = (request: FastifyRequest): string | undefined =>
  request.headers.cookie
    ?.split(";")
    .map((part) => part.trim().split("="))
    .find(([name]) => name === cookieName(request))?.[1];

export function setSession(request: FastifyRequest, reply: FastifyReply, session: string, maxAgeMs: number): void {
  const secure = request.protocol === "https" ? "; Secure" : "";
  reply.header(
    "set-cookie",
    `${cookieName(request)}=${session}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${Math.floor(maxAgeMs / 1000)}${secure}`,
  );
}

/**
 * Bearer token, basic authentication with the token as password (what MLflow's client sends), or the session cookie.
 * A request that says where it comes from by cookie has passed the Origin check before.
 */
export function createAuthenticate(ctx: Ctx): Authenticate {
  const principals = remember(ctx.clock, tokenMs, (secret) => principalOf(ctx, secret));
  return async (request): Promise<Principal | undefined> => {
    const token = bearerOf(request.headers.authorization);
    if (token !== undefined) return principals(token);
    // Not remembered: signing out holds from the next request on.
    const session = sessionOf(request);
    return session === undefined ? undefined : principalOf(ctx, session);
  };
}

/** How long a token that ended, or a role that was taken away, may still count. */
const tokenMs = 1000;

function bearerOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const [scheme = "", value = ""] = header.split(" ");
  if (/^bearer$/i.test(scheme)) return value;
  if (/^basic$/i.test(scheme)) return Buffer.from(value, "base64").toString().split(":").slice(1).join(":");
  throw new Problem("unauthenticated", "The Authorization header is neither Bearer nor Basic.");
}
