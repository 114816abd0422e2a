import { z } from "zod";
import { problemSchema } from "./errors.ts";
import { contract } from "./index.ts";
import { commandStepSchema, foreachStepSchema, jobDefinitionSchema } from "./job-definition.ts";
import type { Operation, Payload } from "./operation.ts";

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of the whole API. */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Json> = {};
  const schemas: Schemas = {};
  for (const [noun, operations] of Object.entries(contract)) {
    for (const [verb, operation] of Object.entries(operations) as [string, Operation][]) {
      const path = `/api/v1${operation.path}`;
      paths[path] ??= {};
      paths[path][operation.method.toLowerCase()] = describeOperation(noun, verb, operation, schemas);
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
      schemas: { Problem: schemaOf(problemSchema, "output", schemas), ...schemas },
    },
  };
}

function describeOperation(noun: string, verb: string, operation: Operation, schemas: Schemas): Json {
  return {
    operationId: `${noun}.${verb}`,
    tags: [noun],
    summary: operation.summary,
    "x-permission": operation.permission,
    ...(operation.permission === "public" ? { security: [] } : {}),
    parameters: [
      ...parametersOf("path", operation.params, schemas),
      ...parametersOf("query", operation.query, schemas),
    ],
    ...(operation.body
      ? { requestBody: { required: true, content: contentOf(operation.body, "input", schemas) } }
      : {}),
    responses: {
      [operation.response ? "200" : "204"]: {
        description: "Done.",
        ...(operation.response ? { content: contentOf(operation.response, "output", schemas) } : {}),
      },
      default: {
        description: "What went wrong, where, and what to do.",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

function parametersOf(place: "path" | "query", schema: z.ZodType | undefined, schemas: Schemas): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, "input", schemas) as {
    properties?: Json;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
}

function contentOf(payload: Payload, io: "input" | "output", schemas: Schemas): Json {
  if (payload === "bytes") return { "application/octet-stream": { schema: { type: "string", format: "binary" } } };
  if (payload === "events") return { "text/event-stream": { schema: { type: "string" } } };
  return { "application/json": { schema: schemaOf(payload, io, schemas) } };
}

/** Jobs and steps are part of many schemas, and loops of themselves. */
const named = z.registry<{ id: string }>();
named.add(commandStepSchema, { id: "CommandStep" });
named.add(foreachStepSchema, { id: "ForeachStep" });
named.add(jobDefinitionSchema, { id: "JobDefinition" });

/** Schemas with a name, each told once and referred to; what is sent may leave out more than what is answered. */
type Schemas = Record<string, Json>;

function schemaOf(schema: z.ZodType, io: "input" | "output", schemas: Schemas): Json {
  const {
    $schema: _,
    $defs = {},
    ...json
  } = z.toJSONSchema(schema, { io, unrepresentable: "any", metadata: named }) as Json;
  const suffix = io === "input" ? "Input" : "";
  const referring = (some: Json): Json =>
    JSON.parse(JSON.stringify(some).replaceAll(/"#\/\$defs\/(\w+)"/g, `"#/components/schemas/$1${suffix}"`)) as Json;
  for (const [name, { id: _, ...definition }] of Object.entries($defs as Record<string, Json>)) {
    schemas[`${name}${suffix}`] = referring(definition);
  }
  return referring(json);
}
