import { request } from "node:http";
import type { AddressInfo } from "node:net";
import type { App } from "../../src/server/app.ts";

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface RawRequest {
  method?: string;
  headers?: Record<string, string>;
  token?: string;
  body?: string | Uint8Array;
  json?: unknown;
}

export type Send = (path: string, options?: RawRequest) => Promise<RawAnswer>;

/** Requests over a socket whose path travels as it is written: `fetch` would tidy `..` away. */
export async function listenRaw(app: App): Promise<Send> {
  if (!app.http.server.listening) await app.http.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.http.server.address() as AddressInfo;
  return (path, { method = "GET", headers = {}, token, body, json } = {}) =>
    new Promise((resolve, reject) => {
      const content = json === undefined ? body : JSON.stringify(json);
      const call = request({
        agent: false,
        host: "127.0.0.1",
        port,
        method,
        path,
        headers: allHeaders(headers, token, json, content),
      });
      call.on("error", reject);
      call.on("response", (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("end", () =>
          resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts).toString() }),
        );
      });
      call.end(content);
    });
}

function allHeaders(
  headers: Record<string, string>,
  token: string | undefined,
  json: unknown,
  content: string | Uint8Array | undefined,
): Record<string, string> {
  const all = { ...headers };
  if (token !== undefined) all.authorization = `Bearer ${token}`;
  if (json !== undefined) all["content-type"] ??= "application/json";
  if (content !== undefined) all["content-length"] ??= String(Buffer.byteLength(content));
  return all;
}
