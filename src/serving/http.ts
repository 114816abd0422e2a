import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { invalid, Problem } from "../contract/errors.ts";

/** An answer that is ready to be sent. */
export interface Reply {
  status: number;
  /** Text; objects travel as JSON. */
  body: string;
  contentType: string;
  headers?: Record<string, string>;
}

const json = "application/json";

export const jsonReply = (value: unknown, status = 200): Reply => ({
  status,
  body: JSON.stringify(value),
  contentType: json,
});

/** A body that is JSON text already. */
export const jsonText = (body: string, headers?: Record<string, string>): Reply => ({
  status: 200,
  body,
  contentType: json,
  headers,
});

export const textReply = (body: string): Reply => ({ status: 200, body, contentType: "text/plain; charset=utf-8" });

/** The whole body; refuses one that is compressed or longer than `limit`, without reading on. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = request.headers["content-encoding"];
  if (encoding && encoding !== "identity") throw invalid(`Bodies with content-encoding ${encoding} are not read.`);
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > limit) throw tooLarge(limit);
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        request.pause();
        reject(tooLarge(limit));
      } else chunks.push(chunk);
    });
    request.on("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.on("error", reject);
    request.on("close", () => reject(invalid("The request ended before its body was complete.")));
  });
}

const tooLarge = (limit: number): Problem =>
  new Problem("too_large", `The body is larger than ${limit} bytes.`, { hint: "Send the rows in several requests." });

/** Sends a reply. A body that was not read to its end cannot be followed by another request. */
export function send(request: IncomingMessage, response: ServerResponse, reply: Reply, closing: boolean): void {
  if (response.destroyed) return;
  const headers: Record<string, string | number> = {
    "content-type": reply.contentType,
    "content-length": Buffer.byteLength(reply.body),
    "x-content-type-options": "nosniff",
    ...reply.headers,
  };
  if (closing || !request.complete) headers.connection = "close";
  response.writeHead(reply.status, headers);
  response.end(reply.body);
}

/** The caller's id of the request if it gave a sound one, else a new one. */
export function requestIdOf(request: IncomingMessage): string {
  for (const name of ["x-request-id", "x-ms-client-request-id"]) {
    const given = request.headers[name];
    if (typeof given === "string" && /^[\x21-\x7e]{1,150}$/.test(given)) return given;
  }
  return randomUUID();
}
