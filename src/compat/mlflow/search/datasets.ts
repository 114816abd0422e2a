import type { DatasetCondition, DatasetSearch, IssueSearch } from "../../../features/evaluation/index.ts";
import { byName, check, numeric, oneOf, parseFilter, parseOrders, text } from "../../../features/search/index.ts";

const times = byName({ created_time: "created_at", last_update_time: "updated_at" });
const texts = byName({ name: "name", created_by: "created_by", last_updated_by: "updated_by" });

/** Filter of evaluation data sets. */
export const datasetFilter = (filter: string): DatasetCondition[] =>
  parseFilter(filter).map((comparison) => {
    const { entity, key, operator, value } = comparison;
    if (entity === "tags" || entity === "tag") {
      check(comparison, text);
      return { on: "tag", key, operator, value };
    }
    if (!/^(attr|attributes?|)$/.test(entity)) oneOf("entity type", entity, ["attribute", "tags"]);
    check(comparison, times[key] ? numeric : text);
    const known = times[key] ?? texts[key];
    return {
      ...{ on: "attribute", operator, value },
      key: known ?? oneOf("attribute key", key, [...Object.keys(texts), ...Object.keys(times)]),
    };
  });

type Order = DatasetSearch["orderBy"];
const columns = byName<Order[number]["column"]>({
  name: "name",
  created_time: "created_at",
  last_update_time: "updated_at",
});

/** The newest first, unless told otherwise. */
export function datasetOrder(clauses: string[]): Order {
  if (clauses.length === 0) return [{ column: "created_at", descending: true }];
  return parseOrders(clauses).map(({ key, descending }) => ({
    column: columns[key] ?? oneOf("order_by key", key, Object.keys(columns)),
    descending,
  }));
}

const equal = { operators: ["=", "!="], value: "string" } as const;

/** Filter of issues. */
export const issueFilter = (filter: string): IssueSearch["where"] =>
  parseFilter(filter).map((comparison) => {
    const { key, operator, value } = comparison;
    check(comparison, equal);
    if (key !== "status" && key !== "source_run_id") return oneOf("filter field", key, ["status", "source_run_id"]);
    return { key, operator, value };
  });
