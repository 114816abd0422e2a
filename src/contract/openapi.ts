import { z } from "zod";
import { problemSchema } from "./errors.ts";
import { contract } from "./index.ts";
import type { Operation, Payload } from "./operation.ts";

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of the whole API. */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const [noun, operations] of Object.entries(contract)) {
    for (const [verb, operation] of Object.entries(operations) as [string, Operation][]) {
      const path = `/api/v1${operation.path}`;
      paths[path] ??= {};
      paths[path][operation.method.toLowerCase()] = describeOperation(noun, verb, operation);
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Trainyard",
      version,
      description: "MLOps that a team runs itself.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
      schemas: { Problem: schemaOf(problemSchema, "output") },
    },
  };
}

function describeOperation(noun: string, verb: string, operation: Operation): Json {
  return {
    operationId: `${noun}.${verb}`,
    tags: [noun],
    summary: operation.summary,
    "x-permission": operation.permission,
    ...(operation.permission === "public" ? { security: [] } : {}),
    parameters: [...parametersOf("path", operation.params), ...parametersOf("query", operation.query)],
    ...(operation.body ? { requestBody: { required: true, content: contentOf(operation.body, "input") } } : {}),
    responses: {
      [operation.response ? "200" : "204"]: {
        description: "Done.",
        ...(operation.response ? { content: contentOf(operation.response, "output") } : {}),
      },
      default: {
        description: "What went wrong, where, and what to do.",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

function parametersOf(place: "path" | "query", schema: z.ZodType | undefined): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, "input") as { properties?: Json; required?: string[] };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
}

function contentOf(payload: Payload, io: "input" | "output"): Json {
  if (payload === "bytes") return { "application/octet-stream": { schema: { type: "string", format: "binary" } } };
  if (payload === "events") return { "text/event-stream": { schema: { type: "string" } } };
  return { "application/json": { schema: schemaOf(payload, io) } };
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Json;
  return json;
}
