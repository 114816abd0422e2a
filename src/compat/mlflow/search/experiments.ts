import type { ExperimentCondition, ExperimentSearch } from "../../../features/run/index.ts";
import {
  byName,
  check,
  numeric,
  oneOf,
  parseFilter,
  parseOrders,
  text,
  textOrNull,
} from "../../../features/search/index.ts";

const times = byName<string>({ creation_time: "created_at", last_update_time: "updated_at" });

export const experimentFilter = (filter: string): ExperimentCondition[] =>
  parseFilter(filter).map((comparison) => {
    const { entity, key, operator, value } = comparison;
    if (/^tags?$/.test(entity)) {
      check(comparison, textOrNull);
      return { on: "tag", key, operator, value };
    }
    if (!/^(attr|attributes?|)$/.test(entity)) oneOf("entity type", entity, ["attribute", "tag"]);
    check(comparison, times[key] ? numeric : text);
    const column = key === "name" ? "name" : times[key];
    return {
      on: "attribute",
      key: column ?? oneOf("attribute key", key, ["name", ...Object.keys(times)]),
      operator,
      value,
    };
  });

type Order = ExperimentSearch["orderBy"];
const columns = byName<Order[number]["column"]>({
  name: "name",
  experiment_id: "id",
  creation_time: "created_at",
  last_update_time: "updated_at",
});

/** The newest first, unless told otherwise; the number breaks ties. */
export function experimentOrder(clauses: string[]): Order {
  if (clauses.length === 0) {
    return [
      { column: "created_at", descending: true },
      { column: "id", descending: false },
    ];
  }
  const orders = parseOrders(clauses).map(({ key, descending }) => ({
    column: columns[key] ?? oneOf("order_by key", key, Object.keys(columns)),
    descending,
  }));
  return orders.some((order) => order.column === "id") ? orders : [...orders, { column: "id", descending: true }];
}
