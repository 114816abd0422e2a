import type { FastifyRequest } from "fastify";
import { Problem } from "../../contract/errors.ts";

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * A web page of somebody else must not reach a server on this machine: requests are only taken for host names that
 * are known (DNS rebinding), and a browser's cross-origin request only from the server's own pages.
 */
export function guardOrigin(request: FastifyRequest, allowedHosts: string[]): void {
  const host = request.headers.host ?? "";
  const name = host.replace(/:\d+$/, "").toLowerCase();
  if (!loopback.has(name) && !allowedHosts.includes(name)) {
    throw new Problem("forbidden", "The request is addressed to a host name that this server does not answer to.", {
      hint: "Name it in --allowed-hosts (TRAINYARD_ALLOWED_HOSTS) if it is yours.",
    });
  }
  const origin = request.headers.origin;
  if (origin === undefined) return;
  if (!URL.canParse(origin) || new URL(origin).host !== host.toLowerCase()) {
    throw new Problem("forbidden", "The request comes from a web page of another origin.");
  }
}
