import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { type Address, addressesOf, lookupOf } from "./judge.ts";

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
  const addresses = await addressesOf(host, { ...outgoing, setting: "--allow-private-webhooks true" });
  const family = isIP(host);
  const body = Buffer.from(outgoing.body);
  const options = {
    method: "POST",
    host,
    port: url.port || undefined,
    path: url.pathname + url.search,
    headers: { ...outgoing.headers, host: url.host, "content-length": body.length, connection: "close" },
    lookup: lookupOf(addresses),
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

async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return Promise.race([work, aborted]);
}
