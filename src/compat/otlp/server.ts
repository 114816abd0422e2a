import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { FastifyError, FastifyInstance, FastifyRequest } from "fastify";
import { invalid, Problem } from "../../contract/errors.ts";
import { recordSpans, said } from "../../features/trace/index.ts";
import { problemOf } from "../../platform/http/server.ts";
import { admit, answerOf, callOf, type Serving } from "../mlflow/index.ts";
import { parseRequest } from "./json.ts";
import { decodeRequest } from "./protobuf.ts";
import { incomingSpans } from "./request.ts";

/** Bytes of a request, as sent and after unpacking. */
const largest = { sent: 16 * 1024 * 1024, unpacked: 64 * 1024 * 1024 };

const unpackers = { gzip: promisify(gunzip), deflate: promisify(inflate) };

/** Serves OTLP over HTTP for traces, also below `/w/<workspace>`. */
export async function serveOtlp(http: FastifyInstance, serving: Serving): Promise<void> {
  await http.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, async (_: FastifyRequest, body: Buffer) => body);
    scope.setErrorHandler((error: FastifyError, request, reply) => {
      const problem = problemOf(error);
      if (problem.code === "internal") serving.ctx.log.error("traces not taken", { requestId: request.id, error });
      // MLflow's client reads `error_code`, exporters of OpenTelemetry the status alone.
      const { status, body } = answerOf(problem);
      return reply.code(status).send(body);
    });
    for (const url of ["/v1/traces", "/w/:workspace/v1/traces"]) {
      scope.route({
        method: "POST",
        url,
        bodyLimit: largest.sent,
        onRequest: (request: FastifyRequest) => admit(serving, request, "run:write"),
        handler: async (request, reply) => {
          const { ctx, workspace } = callOf(serving, request, reply);
          const isJson = mediaTypeOf(request) === "application/json";
          const bytes = await unpacked(request);
          const spans = incomingSpans(isJson ? parseRequest(bytes.toString()) : decodeRequest(bytes));
          const { rejected } = await recordSpans(ctx, workspace, {
            experimentId: experimentOf(request, spans),
            spans,
            spansIn: "store",
          });
          ctx.failpoint("http.beforeReply");
          if (isJson) return rejected === 0 ? {} : { partialSuccess: { rejectedSpans: rejected, errorMessage: full } };
          return reply.type("application/x-protobuf").send(partialSuccess(rejected));
        },
      });
    }
  });
}

function mediaTypeOf(request: FastifyRequest): "application/json" | "application/x-protobuf" {
  const type = (request.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
  if (type === "application/json" || type === "application/x-protobuf") return type;
  throw invalid(`Invalid Content-Type: ${type || "none"}. Expected: application/x-protobuf or application/json.`);
}

async function unpacked(request: FastifyRequest): Promise<Buffer> {
  const body = (request.body as Buffer | undefined) ?? Buffer.alloc(0);
  const encoding = request.headers["content-encoding"]?.toLowerCase() ?? "identity";
  if (encoding === "identity" || encoding === "") return body;
  const unpack = Object.hasOwn(unpackers, encoding) && unpackers[encoding as keyof typeof unpackers];
  if (!unpack) throw invalid(`Unsupported Content-Encoding: ${encoding}. Send gzip, deflate or none.`);
  try {
    return await unpack(body, { maxOutputLength: largest.unpacked });
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE")
      throw new Problem("too_large", `The request unpacks to more than ${largest.unpacked} bytes.`, { hint: smaller });
    throw invalid(`Failed to decompress ${encoding} payload.`);
  }
}

const smaller = "Let the exporter send smaller batches.";
const full = "The trace has as many spans as a trace can have.";

/** The experiment that the header names, else the one that a span names, else `Default`. */
function experimentOf(request: FastifyRequest, spans: Parameters<typeof said>[0][]): string {
  const header = request.headers["x-mlflow-experiment-id"];
  if (header) return String(header);
  const named = spans.map((span) => said(span, "experiment")).find((id) => id !== undefined && id !== "");
  return named === undefined ? "0" : String(named);
}

/** `ExportTraceServiceResponse`: empty, or how many spans were refused (field 1: `partial_success`). */
function partialSuccess(rejected: number): Buffer {
  if (rejected === 0) return Buffer.alloc(0);
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint).int64(rejected).tag(2, WireType.LengthDelimited).string(full);
  return Buffer.from(writer.join().finish());
}
