import type { Socket } from "node:net";
import fastify, { type FastifyError, type FastifyInstance } from "fastify";
import { Problem } from "../../contract/errors.ts";
import type { Ids } from "../ids.ts";
import type { Log } from "../log.ts";
import { guardOrigin } from "./origin.ts";

export interface HttpOptions {
  ids: Ids;
  log: Log;
  allowedHosts: string[];
}

const contentSecurityPolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/** Address and headers of a request together; a long filter in an address needs more than Node's 16 KiB. */
const largestHead = 64 * 1024;

/** A Fastify server with the house rules: guarded Host and Origin, streamed bytes, one error mapper, safe headers. */
export function createHttpServer(options: HttpOptions): FastifyInstance {
  const server = fastify({
    logger: false,
    genReqId: () => options.ids.next(),
    bodyLimit: 1024 * 1024,
    routerOptions: { maxParamLength: 4096, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    forceCloseConnections: true,
    keepAliveTimeout: 72_000,
    requestTimeout: 0,
    http: { maxHeaderSize: largestHead },
    clientErrorHandler: answerUnreadable,
  });
  server.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
    reply.header("x-content-type-options", "nosniff");
    reply.header("content-security-policy", contentSecurityPolicy);
    reply.header("referrer-policy", "no-referrer");
    guardOrigin(request, options.allowedHosts);
  });
  server.addContentTypeParser("application/octet-stream", (_request, payload, done) => done(null, payload));
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error);
    if (problem.code === "internal") {
      options.log.error("request failed", { requestId: request.id, method: request.method, url: request.url, error });
    }
    return reply.code(problem.status).send({ ...problem.toJSON(), requestId: request.id });
  });
  return server;
}

/** Answers what is no request, or one whose head is too large: there is no reply to answer by, only the socket. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const isTooLarge = error.code === "HPE_HEADER_OVERFLOW";
  const problem = isTooLarge
    ? new Problem("too_large", `The address and the headers of the request have more than ${largestHead} bytes.`, {
        hint: "Send what is long in the body of a POST; searches of MLflow's API take one.",
      })
    : new Problem("invalid", "This is not a request that HTTP allows.");
  const status = isTooLarge ? "431 Request Header Fields Too Large" : "400 Bad Request";
  const body = JSON.stringify(problem);
  const head = [`HTTP/1.1 ${status}`, "content-type: application/json", `content-length: ${Buffer.byteLength(body)}`];
  socket.end(`${head.join("\r\n")}\r\nconnection: close\r\n\r\n${body}`);
}

/** What the caller is told about any thrown thing: no stack, no path, no query ever leaves. */
export function problemOf(error: FastifyError | Error): Problem {
  if (error instanceof Problem) return error;
  const code = (error as FastifyError).code;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return new Problem("too_large", "The request body is larger than this operation accepts.", {
      hint: "Files go through the blob operations, which stream.",
    });
  }
  const status = (error as FastifyError).statusCode;
  if (status === 415) {
    return new Problem("invalid", "The request has a content type that this operation does not take.", {
      hint: "Send JSON with `content-type: application/json`.",
    });
  }
  if (status && status >= 400 && status < 500)
    return new Problem("invalid", `The request cannot be read: ${error.message}`);
  if ((error as { code?: string }).code === "ENOSPC" || /database or disk is full/i.test(error.message)) {
    return new Problem("unavailable", "The disk of the server is full; nothing was changed.", {
      hint: "Free some space in the home folder, then try again.",
    });
  }
  // PostgreSQL's class of data exceptions: a NUL character, a number out of range.
  if (/^22\w{3}$/.test((error as { code?: string }).code ?? "")) {
    return new Problem("invalid", "The request has a value that the database cannot hold; nothing was changed.", {
      hint: "Text has no NUL character, and numbers have at most 32 bits.",
    });
  }
  return new Problem("internal", "The server failed at this request; it is in its log.", {
    hint: "Look for the request id in the log (home folder, server.log).",
  });
}
