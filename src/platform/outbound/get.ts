import type { IncomingMessage } from "node:http";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { invalid } from "../../contract/errors.ts";
import { type Address, addressesOf, lookupOf } from "./judge.ts";
import { shownUrl } from "./shown.ts";

export interface Wanted {
  url: string;
  headers?: Record<string, string>;
  allowPrivate: boolean;
  /** The setting that would allow private addresses, for the message. */
  setting: string;
  /** Without a byte for so long, it is given up. */
  idleMs: number;
  signal: AbortSignal;
  resolve?: (host: string) => Promise<Address[]>;
}

const mostRedirects = 5;

/**
 * Opens what lies at an http or https URL. Every address, also after a redirect, is judged before it is called, and the
 * connection goes to the judged addresses. The caller reads the response or destroys it.
 */
export async function getOutside(wanted: Wanted): Promise<IncomingMessage> {
  let url = new URL(wanted.url);
  for (let redirects = 0; ; redirects++) {
    const response = await send(url, wanted);
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(response.statusCode ?? 0) || !location) return response;
    response.destroy();
    if (redirects === mostRedirects)
      throw invalid(`${shownUrl(wanted.url)} is redirected more than ${mostRedirects} times.`);
    url = new URL(location, url);
  }
}

async function send(url: URL, wanted: Wanted): Promise<IncomingMessage> {
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw invalid(`${shownUrl(url.href)} is not an http or https URL.`);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = await addressesOf(host, wanted);
  const options = {
    host,
    port: url.port || undefined,
    path: url.pathname + url.search,
    headers: { ...wanted.headers, host: url.host, "user-agent": "trainyard", connection: "close" },
    lookup: lookupOf(addresses),
    servername: isIP(host) === 0 ? host : undefined,
    agent: false,
    signal: wanted.signal,
  } as const;
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? requestHttps : requestHttp)(options, resolve);
    request.setTimeout(wanted.idleMs, () => request.destroy(new Error(`no answer within ${wanted.idleMs / 1000} s`)));
    request.on("error", reject);
    request.end();
  });
}
