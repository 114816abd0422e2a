import type { ModelCondition, ModelSearch } from "../../../features/model/index.ts";
import {
  byName,
  type Comparison,
  check,
  numeric,
  oneOf,
  parseFilter,
  parseOrders,
  text,
} from "../../../features/search/index.ts";
import { invalidParameter } from "../error.ts";

const promptTag = "mlflow.prompt.is_prompt";

/** Prompts live among the models and are shown only to who asks for them. */
function withoutPrompts(conditions: ModelCondition[]): ModelCondition[] {
  const rest = conditions.filter((condition) => condition.key !== promptTag);
  const asked = conditions.find((condition) => condition.key === promptTag);
  const wantsPrompts = asked !== undefined && (asked.operator === "=") === (asked.value === "true");
  const condition: ModelCondition = { on: "tag", key: promptTag, operator: "=", value: "true", not: !wantsPrompts };
  return [...rest, condition];
}

const isTag = (comparison: Comparison): boolean => /^tags?$/.test(comparison.entity);
const isAttribute = (comparison: Comparison): boolean => /^(attr|attributes?|)$/.test(comparison.entity);

export function modelFilter(filter: string): ModelCondition[] {
  const conditions = parseFilter(filter).map((comparison): ModelCondition => {
    const { key, operator, value } = check(comparison, text);
    if (isTag(comparison)) return { on: "tag", key, operator, value };
    if (isAttribute(comparison) && key === "name") return { on: "attribute", key, operator, value };
    return oneOf("attribute key", key, ["name"]);
  });
  return withoutPrompts(conditions);
}

const versionTexts = byName<string>({ name: "name", run_id: "run_id", source_path: "source" });

export function versionFilter(filter: string): ModelCondition[] {
  const conditions = parseFilter(filter).map((comparison): ModelCondition => {
    const { key, operator, value } = comparison;
    if (isTag(comparison)) {
      check(comparison, text);
      return { on: "tag", key, operator, value };
    }
    if (!isAttribute(comparison)) oneOf("entity type", comparison.entity, ["attribute", "tag"]);
    if (key === "version_number") {
      check(comparison, numeric);
      return { on: "attribute", key: "version", operator, value };
    }
    const column = versionTexts[key] ?? oneOf("attribute key", key, [...Object.keys(versionTexts), "version_number"]);
    const onList = key === "run_id" ? (["IN"] as const) : [];
    check(comparison, { operators: [...text.operators, ...onList], value: "string" });
    return { on: "attribute", key: column, operator, value };
  });
  return withoutPrompts(conditions);
}

const modelOrders = byName<string>({
  name: "name",
  timestamp: "updated_at",
  last_updated_timestamp: "updated_at",
});
const versionOrders = byName<string>({
  name: "name",
  version_number: "version",
  creation_timestamp: "created_at",
  last_updated_timestamp: "updated_at",
});

const orderBy = (clauses: string[], columns: Record<string, string>): ModelSearch["orderBy"] =>
  parseOrders(clauses).map(({ entity, key, descending, text }) => {
    const column = /^(attr|attributes?|)$/.test(entity) ? columns[key] : undefined;
    if (column) return { column, descending };
    throw invalidParameter(
      `Invalid order by key '${key}' specified in '${text}'. Valid keys are ${Object.keys(columns)
        .map((name) => `'${name}'`)
        .join(", ")}.`,
    );
  });

export const modelOrder = (clauses: string[]) => orderBy(clauses, modelOrders);

/** The newest of one name first when there is no other order between them. */
export function versionOrder(clauses: string[]): ModelSearch["orderBy"] {
  const orders = orderBy(clauses, versionOrders);
  const names = orders.map((order) => order.column);
  if (orders.length === 0) return orders;
  return [
    ...orders,
    ...(names.includes("name") ? [] : [{ column: "name", descending: false }]),
    ...(names.includes("version") ? [] : [{ column: "version", descending: true }]),
  ];
}
