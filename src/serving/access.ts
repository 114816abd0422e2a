import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { Problem } from "../contract/errors.ts";
import type { DesiredEndpoint } from "./traffic.ts";

/** Refuses callers without a key of the endpoint. Every accepted key is compared, each in constant time. */
export function checkKey(
  endpoint: Pick<DesiredEndpoint, "authMode" | "keyHashes">,
  headers: IncomingHttpHeaders,
): void {
  if (endpoint.authMode === "none") return;
  const key = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
  const hash = createHash("sha256")
    .update(key ?? "")
    .digest();
  let accepted = false;
  for (const known of endpoint.keyHashes) if (timingSafeEqual(Buffer.from(known, "hex"), hash)) accepted = true;
  if (key !== undefined && accepted) return;
  throw new Problem("unauthenticated", "The request has no valid key of this endpoint.", {
    hint: "Send `Authorization: Bearer <key>`; `trainyard online-endpoint keys` shows the key.",
  });
}

/**
 * Refuses requests that a web page made through a browser: those addressed to a name that is not ours (DNS
 * rebinding) and those with a foreign origin.
 */
export function checkHost(headers: IncomingHttpHeaders, allowed: ReadonlySet<string>): void {
  const host = nameOf(headers.host ?? "");
  if (!isOurs(host, allowed))
    throw new Problem("forbidden", `Requests may not be addressed to the host "${host}".`, {
      hint: "Use the address that the endpoint shows, or add the name to `allowedHosts`.",
    });
  const origin = headers.origin;
  if (origin !== undefined && origin !== `http://${headers.host}` && origin !== `https://${headers.host}`)
    throw new Problem("forbidden", "Web pages of another origin may not call endpoints directly.");
}

const isOurs = (host: string, allowed: ReadonlySet<string>): boolean =>
  host === "127.0.0.1" || host === "localhost" || host === "[::1]" || allowed.has(host);

const nameOf = (host: string): string => host.toLowerCase().replace(/:\d+$/, "");
