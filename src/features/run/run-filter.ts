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
import type { RunCondition, RunOrder } from "./run-search.ts";

const entities = byName<RunCondition["on"]>({
  metric: "metric",
  metrics: "metric",
  param: "param",
  params: "param",
  parameter: "param",
  parameters: "param",
  tag: "tag",
  tags: "tag",
  attribute: "attribute",
  attributes: "attribute",
  attr: "attribute",
  run: "attribute",
  "": "attribute",
  dataset: "dataset",
  datasets: "dataset",
});

const texts = byName<string>({ run_id: "id", run_name: "name", user_id: "user_name", status: "state" });
const times = byName<string>({ start_time: "started_at", end_time: "ended_at" });
const aliases = byName<string>({
  created: "start_time",
  Created: "start_time",
  "run name": "run_name",
  "Run name": "run_name",
  "Run Name": "run_name",
  "run id": "run_id",
  "Run ID": "run_id",
});

/** The columns of MLflow's names; `artifact_uri` is made from the id and ends with it. */
const attributes = [...Object.keys(texts), ...Object.keys(times), "artifact_uri"];

export const runFilter = (filter: string): RunCondition[] => parseFilter(filter).map(conditionOf);

export function runEntity(name: string): RunCondition["on"] {
  return entities[name] ?? oneOf("entity type", name, Object.keys(entities).filter(Boolean));
}

function conditionOf(comparison: Comparison): RunCondition {
  const on = runEntity(comparison.entity);
  const { key, operator, value } = comparison;
  if (on === "metric") check(comparison, numeric);
  if (on === "param" || on === "tag") check(comparison, textOrNull);
  if (on === "attribute") return attributeOf(comparison);
  if (on === "dataset") {
    if (!["name", "digest", "context"].includes(key)) oneOf("dataset attribute", key, ["name", "digest", "context"]);
    check(comparison, textOrList);
  }
  return { on, key, operator, value };
}

function attributeOf(comparison: Comparison): RunCondition {
  const name = aliases[comparison.key] ?? comparison.key;
  const { operator, value } = comparison;
  const time = times[name];
  if (time) {
    check(comparison, numeric);
    return { on: "attribute", key: time, operator, value };
  }
  if (operator.endsWith("IN") && name !== "run_id")
    throw invalid(`Only the 'run_id' attribute supports comparison with a list; '${comparison.text}' is on ${name}.`);
  check(comparison, name === "run_id" ? textOrList : text);
  if (name === "artifact_uri") {
    const id = typeof value === "string" ? value.replace(/^.*?([0-9a-f]{32}).*$/, "$1") : value;
    return { on: "attribute", key: "id", operator, value: id };
  }
  return { on: "attribute", key: texts[name] ?? oneOf("attribute key", name, attributes), operator, value };
}

export function runOrder(clauses: string[]): RunOrder[] {
  return parseOrders(clauses).map(({ entity, key, descending }) => {
    const on = runEntity(entity);
    if (on === "dataset") return oneOf("order_by entity", entity, ["metrics", "params", "tags", "attributes"]);
    if (on !== "attribute") return { on, key, descending };
    const name = aliases[key] ?? key;
    if (name === "artifact_uri") return { on, key: "id", descending };
    if (name === "experiment_id") return { on, key: "experiment_id", descending };
    return { on, key: texts[name] ?? times[name] ?? oneOf("order_by key", key, attributes), descending };
  });
}
