import { type DocumentNode, execute, GraphQLError, parse, validate } from "graphql";
import { missingValue } from "../error.ts";
import { type Call, Verbatim } from "../route.ts";
import { excessOf, limits, tooDeep } from "./limits.ts";
import { type Asked, resolve } from "./resolve.ts";
import { schema } from "./schema.ts";

interface Result {
  data?: unknown;
  errors?: readonly { message: string }[];
}

/** One request in GraphQL. Errors are texts beside the data, with status 200, as MLflow has it. */
export async function answerQuery(call: Call): Promise<Verbatim> {
  const { input } = call;
  const { data, errors } = await run(call, input.text("query"));
  return new Verbatim({ data: data ?? null, errors: errors?.map(({ message }) => message) ?? null });
}

async function run(call: Call, query: string): Promise<Result> {
  const { input } = call;
  let document: DocumentNode;
  try {
    document = parse(query, { maxTokens: limits.tokens, noLocation: true });
  } catch (error) {
    // The parser calls itself for each level.
    if (error instanceof RangeError) return { errors: [new GraphQLError(tooDeep)] };
    if (error instanceof GraphQLError) return { errors: [error] };
    throw error;
  }
  const excess = excessOf(document);
  if (excess) return { errors: [new GraphQLError(excess)] };
  const errors = validate(schema, document);
  if (errors.length > 0) return { errors };
  const asked: Asked = { call, found: new Map() };
  return execute({
    schema,
    document,
    fieldResolver: resolve,
    contextValue: asked,
    operationName: input.optionalText("operationName"),
    variableValues: input.has("variables") ? variablesOf(call) : undefined,
  });
}

function variablesOf({ input }: Call): Record<string, unknown> {
  const variables = input.json("variables");
  if (typeof variables !== "object" || variables === null || Array.isArray(variables)) throw missingValue("variables");
  return variables as Record<string, unknown>;
}
