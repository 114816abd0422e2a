import { lookup } from "node:dns/promises";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { Problem } from "../../contract/errors.ts";
import { isPublicAddress } from "./address.ts";

interface Address {
  address: string;
  family: number;
}

export interface Outgoing {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** For everything: name resolution, connection, answer. */
  timeoutMs: number;
  /** Whether addresses that are not public may be called. */
  allowPrivate: boolean;
  signal?: AbortSignal;
  resolve?: (host: string) => Promise<Address[]>;
}

export interface Answer {
  status: number;
  /** The beginning of it. */
  body: string;
}

const largestAnswer = 64 * 1024;

const resolveAll = (host: string): Promise<Address[]> => lookup(host, { all: true });

/**
 * Sends what somebody asked for to where somebody said. The name is resolved once, every address is judged, and the
 * connection goes to those addresses, so an answer that changes in between (DNS rebinding) leads nowhere. Redirects are
 * not followed. Fails with `forbidden` when an address is not public.
 */
export async function postOutside(outgoing: Outgoing): Promise<Answer> {
  const timeout = AbortSignal.timeout(outgoing.timeoutMs);
  const signal = outgoing.signal ? AbortSignal.any([timeout, outgoing.signal]) : timeout;
  try {
    return await untilAborted(signal, send(outgoing, signal));
  } catch (error) {
    if (timeout.aborted) throw new Error(`no answer within ${outgoing.timeoutMs / 1000} s`);
    throw error;
  }
}

async function send(outgoing: Outgoing, signal: AbortSignal): Promise<Answer> {
  const url = new URL(outgoing.url);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = await addressesOf(host, outgoing);
  const family = isIP(host);
  const answerLookup: LookupFunction = (_host, options, done) =>
    options.all ? done(null, addresses) : done(null, addresses[0]!.address, addresses[0]!.family);
  const body = Buffer.from(outgoing.body);
  const options = {
    method: "POST",
    host,
    port: url.port || undefined,
    path: url.pathname + url.search,
    headers: { ...outgoing.headers, host: url.host, "content-length": body.length, connection: "close" },
    lookup: answerLookup,
    servername: family === 0 ? host : undefined,
    agent: false,
    signal,
  } as const;
  return new Promise((resolve, reject) => {
    const outgoingRequest = (url.protocol === "https:" ? requestHttps : requestHttp)(options, (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      const finish = () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() });
        response.destroy();
      };
      response.on("data", (part: Buffer) => {
        parts.push(part);
        size += part.length;
        if (size >= largestAnswer) finish();
      });
      response.on("end", finish);
      response.on("error", reject);
    });
    outgoingRequest.on("error", reject);
    outgoingRequest.end(body);
  });
}

async function addressesOf(host: string, { allowPrivate, resolve = resolveAll }: Outgoing): Promise<Address[]> {
  const family = isIP(host);
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }];
  if (addresses.length === 0) throw new Error(`${host} has no address`);
  const inside = allowPrivate ? undefined : addresses.find(({ address }) => !isPublicAddress(address));
  if (inside) throw notPublicAddress(host);
  return addresses;
}

/** Says no address: whoever may write a URL need not learn how names resolve inside. */
export const notPublicAddress = (host: string): Problem =>
  new Problem("forbidden", `${host} is not an address on the public internet.`, {
    hint: "Whoever runs the server may allow private addresses: --allow-private-webhooks true.",
  });

async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return Promise.race([work, aborted]);
}
