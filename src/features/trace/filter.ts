import { invalid } from "../../contract/errors.ts";
import {
  byName,
  type Comparison,
  check,
  numeric,
  oneOf,
  parseFilter,
  parseOrders,
  text,
  textOrList,
  textOrNull,
} from "../search/index.ts";
import type { TraceCondition } from "./condition.ts";
import { traceKeys } from "./facts.ts";
import { limits } from "./limits.ts";
import type { TraceOrder } from "./search.ts";

const entities = byName<string>({
  "": "attribute",
  attribute: "attribute",
  attributes: "attribute",
  trace: "attribute",
  tag: "tag",
  tags: "tag",
  metadata: "metadata",
  request_metadata: "metadata",
  span: "span",
  feedback: "feedback",
  expectation: "expectation",
  issue: "issue",
});

const numbers = byName<string>({
  timestamp: "started_at",
  timestamp_ms: "started_at",
  request_time: "started_at",
  execution_time: "duration",
  execution_time_ms: "duration",
  end_time: "ended_at",
  end_time_ms: "ended_at",
});
const texts = byName<string>({
  request_id: "id",
  trace_id: "id",
  status: "state",
  client_request_id: "client_request_id",
  name: "name",
});
const spanColumns = byName<string>({ name: "name", type: "type", status: "state" });

/** Conditions of MLflow's filter language on traces. */
export function traceFilter(filter: string): TraceCondition[] {
  if (filter.length > limits.filter)
    throw invalid(`A filter has at most ${limits.filter} characters; this one has ${filter.length}.`);
  return parseFilter(filter).map(conditionOf);
}

const entityOf = (name: string): string =>
  entities[name] ?? oneOf("entity type", name, Object.keys(entities).filter(Boolean));

function conditionOf(comparison: Comparison): TraceCondition {
  const on = entityOf(comparison.entity);
  const { key, operator, value } = comparison;
  if (on === "attribute") return attributeOf(comparison);
  if (on === "span") return spanOf(comparison);
  if (on === "metadata" && key === traceKeys.run && operator === "=") return { on: "run", key, operator, value };
  if (on === "tag" || on === "metadata") {
    check(comparison, textOrNull);
    return { on, key, operator, value };
  }
  if (on === "issue") {
    if (key !== "id") oneOf("issue attribute", key, ["id"]);
    if (operator !== "=") throw invalid(`issue.id comparator '${operator}' not one of '='.`);
    return { on, key, operator, value };
  }
  const written = typeof value === "number" ? { ...comparison, value: String(value) } : comparison;
  check(written, textOrNull);
  return { on: on as "feedback" | "expectation", key, operator, value: written.value };
}

function attributeOf(comparison: Comparison): TraceCondition {
  const { key, operator, value } = comparison;
  if (numbers[key]) {
    check(comparison, numeric);
    return { on: "attribute", key: numbers[key], operator, value };
  }
  if (key === "text") {
    if (operator !== "LIKE" && operator !== "ILIKE")
      throw invalid(`Invalid comparator '${operator}' for the text of spans. It takes LIKE or ILIKE.`);
    return { on: "text", key, operator, value };
  }
  check(comparison, textOrList);
  if (key === "run_id") return { on: "run", key, operator, value };
  if (key === "prompt") return promptOf(comparison);
  const column = texts[key];
  if (!column)
    return oneOf("attribute key", key, [...Object.keys(texts), ...Object.keys(numbers), "run_id", "prompt", "text"]);
  return { on: "attribute", key: column, operator, value };
}

function promptOf({ operator, value }: Comparison): TraceCondition {
  if (operator !== "=")
    throw invalid(
      `Invalid comparator '${operator}' for prompts filter. Only '=' is supported with format: prompt = "name/version"`,
    );
  if (!/^[^/]+\/[^/]+$/.test(String(value)))
    throw invalid(`Invalid prompts filter value '${value}'. Expected format: prompt = "name/version"`);
  return { on: "prompt", key: "prompt", operator, value };
}

function spanOf(comparison: Comparison): TraceCondition {
  const { key, operator, value } = comparison;
  if (key.startsWith("attributes.")) {
    const written = typeof value === "number" ? { ...comparison, value: String(value) } : comparison;
    check(written, textOrList);
    return { on: "span-attribute", key: key.slice("attributes.".length), operator, value: written.value };
  }
  if (key === "content") {
    check(comparison, { ...text, operators: ["LIKE", "ILIKE"] });
    return { on: "text", key, operator, value };
  }
  check(comparison, textOrList);
  const column = spanColumns[key];
  if (column) return { on: "span", key: column, operator, value };
  throw invalid(
    `Invalid span attribute '${key}'. Supported attributes: name, status, type, content, attributes.<attribute_name>.`,
  );
}

/** What traces can be ordered by. */
export const traceOrder = (clauses: string[]): TraceOrder[] =>
  parseOrders(clauses).map(({ entity, key, descending }) => {
    const on = entityOf(entity);
    if (on === "tag" || on === "metadata") return { on, key, descending };
    if (on !== "attribute") return oneOf("order_by entity", entity, ["attribute", "tag", "metadata"]);
    if (key === "run_id") return { on: "run", key, descending };
    const column = numbers[key] ?? texts[key] ?? (key === "experiment_id" ? key : undefined);
    if (column) return { on, key: column, descending };
    return oneOf("order_by key", key, ["experiment_id", "run_id", ...Object.keys(texts), ...Object.keys(numbers)]);
  });
