import { type KeyValue, plainOf } from "./any-value.ts";
import { cut, limits } from "./limits.ts";
import type { OtlpSpan } from "./otlp-span.ts";
import type { SpanState } from "./schema.ts";

/** Tags and metadata by which tracking clients say what is a column here. */
export const traceKeys = {
  name: "mlflow.traceName",
  run: "mlflow.sourceRun",
  prompts: "mlflow.linkedPrompts",
  session: "mlflow.trace.session",
  user: "mlflow.trace.user",
  tokens: "mlflow.trace.tokenUsage",
  cost: "mlflow.trace.cost",
  size: "mlflow.trace.sizeStats",
} as const;

/** Attributes that say the same, in the words of MLflow, OpenInference and OpenTelemetry's conventions. */
const words = {
  trace: ["mlflow.traceRequestId"],
  experiment: ["mlflow.experimentId"],
  type: ["mlflow.spanType", "openinference.span.kind", "traceloop.span.kind"],
  inputs: ["mlflow.spanInputs", "input.value", "gen_ai.input.messages", "traceloop.entity.input"],
  outputs: ["mlflow.spanOutputs", "output.value", "gen_ai.output.messages", "traceloop.entity.output"],
  model: ["mlflow.llm.model", "gen_ai.response.model", "gen_ai.request.model", "llm.model_name"],
  provider: ["mlflow.llm.provider", "gen_ai.provider.name", "gen_ai.system", "llm.provider"],
  session: ["session.id", "gen_ai.conversation.id"],
  user: ["user.id"],
} as const;

const tokenWords: Record<string, string[]> = {
  input_tokens: ["gen_ai.usage.input_tokens", "llm.token_count.prompt"],
  output_tokens: ["gen_ai.usage.output_tokens", "llm.token_count.completion"],
  total_tokens: ["llm.token_count.total"],
};
export const tokenKeys = [
  "input_tokens",
  "output_tokens",
  "total_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
];
export const costKeys = ["input_cost", "output_cost", "total_cost"];

const find = (pairs: KeyValue[], key: string) => pairs.find((pair) => pair.key === key)?.value;

/** The value of the first of those attributes that the span has. */
export function said(span: OtlpSpan, what: keyof typeof words): unknown {
  for (const key of words[what]) {
    const value = find(span.attributes, key);
    if (value) return opened(key, plainOf(value));
  }
  return undefined;
}

/** Some clients send JSON as text inside of the attribute. */
function opened(key: string, value: unknown): unknown {
  if (typeof value !== "string" || !(key.startsWith("mlflow.") || /^\s*[[{]/.test(value))) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

export function saidText(span: OtlpSpan, what: keyof typeof words): string | null {
  const value = said(span, what);
  return typeof value === "string" && value !== "" ? cut(value, limits.name) : null;
}

export const stateOf = (span: OtlpSpan): SpanState => (["UNSET", "OK", "ERROR"] as const)[span.status.code];

export const microseconds = (nano: string): number => Number(BigInt(nano) / 1000n);

/** Token counts and costs. */
export function numbersOf(span: OtlpSpan): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const [key, names] of Object.entries(tokenWords)) {
    for (const name of names) take(numbers, key, find(span.attributes, name) && plainOf(find(span.attributes, name)!));
  }
  if (numbers.total_tokens === undefined && numbers.input_tokens !== undefined)
    numbers.total_tokens = numbers.input_tokens + (numbers.output_tokens ?? 0);
  for (const [name, keys] of [
    ["mlflow.chat.tokenUsage", tokenKeys],
    ["mlflow.llm.cost", costKeys],
  ] as const) {
    const value = find(span.attributes, name);
    const said = value && opened(name, plainOf(value));
    if (typeof said === "object" && said !== null)
      for (const key of keys) take(numbers, key, (said as Record<string, unknown>)[key]);
  }
  return numbers;
}

function take(numbers: Record<string, number>, key: string, value: unknown): void {
  if (typeof value === "number" && Number.isFinite(value)) numbers[key] = value;
}

/** Attributes that are short enough to be searched for, as text. */
export function searchableOf(span: OtlpSpan): [string, string][] {
  return span.attributes.flatMap(({ key, value }): [string, string][] => {
    const plain = opened(key, plainOf(value));
    const text = typeof plain === "string" ? plain : JSON.stringify(plain);
    return text.length <= limits.searchable ? [[key, cut(text, limits.searchable)]] : [];
  });
}

/** The beginning of what went in or came out, as JSON. */
export function previewOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return cut(typeof value === "string" ? value : JSON.stringify(value), limits.preview);
}
