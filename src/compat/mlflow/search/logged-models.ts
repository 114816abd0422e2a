import type { LoggedModelSearch, LoggedModelStatus } from "../../../features/run/index.ts";
import {
  byName,
  check,
  numeric,
  oneOf,
  parseFilter,
  parseOrder,
  text,
  textOrList,
} from "../../../features/search/index.ts";

type Condition = LoggedModelSearch["where"][number];

const entities = byName<Condition["on"]>({
  attributes: "attribute",
  "": "attribute",
  metrics: "metric",
  params: "param",
  tags: "tag",
});

const times = byName<string>({
  creation_timestamp: "created_at",
  creation_time: "created_at",
  last_updated_timestamp: "updated_at",
});
const texts = byName<string>({
  model_id: "id",
  name: "name",
  model_name: "name",
  model_type: "model_type",
  source_run_id: "source_run_id",
  status: "status",
});

const columnOf = (key: string): string =>
  times[key] ?? texts[key] ?? oneOf("attribute key", key, [...Object.keys(texts), ...Object.keys(times)]);

export const loggedModelFilter = (filter: string): Condition[] =>
  parseFilter(filter).map((comparison) => {
    const { key, operator, value } = comparison;
    const on =
      entities[comparison.entity] ?? oneOf("entity type", comparison.entity, Object.keys(entities).filter(Boolean));
    if (on === "metric" || (on === "attribute" && times[key])) check(comparison, numeric);
    else check(comparison, on === "attribute" ? textOrList : text);
    return { on, key: on === "attribute" ? columnOf(key) : key, operator, value };
  });

export function loggedModelOrder(field: string, ascending: boolean): LoggedModelSearch["orderBy"][number] {
  const { entity, key } = parseOrder(field);
  if (entity === "metrics") return { on: "metric", key, descending: !ascending };
  return { on: "attribute", key: columnOf(key), descending: !ascending };
}

const statuses: LoggedModelStatus[] = ["UNSPECIFIED", "PENDING", "READY", "UPLOAD_FAILED"];

/** A status travels as `LOGGED_MODEL_READY`, or as its number. */
export const statusOf = (value: string | number): LoggedModelStatus =>
  (typeof value === "number" ? statuses[value] : statuses.find((one) => `LOGGED_MODEL_${one}` === value)) ??
  "UNSPECIFIED";
