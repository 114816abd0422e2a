import { invalid } from "../../contract/errors.ts";

export interface OrderClause {
  entity: string;
  key: string;
  descending: boolean;
  text: string;
}

/** ``metrics.`my metric` DESC`` */
export function parseOrder(clause: string): OrderClause {
  const match = /^\s*(.*?)(?:\s+(asc|desc))?\s*$/is.exec(clause)!;
  const name = match[1]!;
  if (name === "") throw invalid(`Invalid order_by clause '${clause}': it names nothing.`);
  const descending = match[2]?.toLowerCase() === "desc";
  const parts = /^(?:(\w+)\.)?(?:`([^`]+)`|"([^"]+)"|([^`"\s]+(?: [^`"\s]+)?))$/s.exec(name);
  if (!parts) {
    throw invalid(`Invalid order_by clause '${clause}'. Valid are a name and, after it, ASC or DESC.`);
  }
  return { entity: parts[1] ?? "", key: (parts[2] ?? parts[3] ?? parts[4])!, descending, text: clause };
}

/** Clauses on distinct things, in their order. */
export function parseOrders(clauses: string[]): OrderClause[] {
  const orders = clauses.map(parseOrder);
  const names = orders.map((order) => `${order.entity}.${order.key}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return orders;
  throw invalid(`\`order_by\` contains duplicate fields: ${JSON.stringify(clauses)}.`);
}

/** Splits `metrics.a DESC, start_time` at its commas, but not at those inside quotes. */
export function splitClauses(list: string | string[] | undefined): string[] {
  const texts = list === undefined ? [] : [list].flat();
  return texts
    .flatMap((text) => text.match(/(?:`[^`]*`|"[^"]*"|[^,])+/g) ?? [])
    .map((clause) => clause.trim())
    .filter((clause) => clause !== "");
}
