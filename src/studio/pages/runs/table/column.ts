/** A column of the table of runs: a fact of every run, or a metric, param or tag by its name. */
export interface RunColumn {
  /** As in the address and as the API names it: `state`, `metrics.rmse`, ``params.`learning rate` ``. */
  id: string;
  kind: "attribute" | "metrics" | "params" | "tags";
  /** Name of the metric, param or tag, or of the fact. */
  key: string;
  width: number;
  /** What the API orders by; undefined when it cannot. */
  order?: string;
}

const attributes: Record<string, { label: string; width: number; order?: string }> = {
  name: { label: "Run", width: 230, order: "attributes.run_name" },
  state: { label: "State", width: 104, order: "attributes.status" },
  started: { label: "Started", width: 104, order: "attributes.start_time" },
  duration: { label: "Duration", width: 92 },
  user: { label: "User", width: 100, order: "attributes.user_id" },
  id: { label: "Id", width: 270, order: "attributes.run_id" },
};

export const attributeNames = Object.keys(attributes).filter((name) => name !== "name");

const plain = /^[\w./-]+$/;

/** `metrics.rmse`, quoted when the name has other signs in it. */
export const columnId = (kind: RunColumn["kind"], key: string): string =>
  kind === "attribute" ? key : `${kind}.${plain.test(key) ? key : `\`${key}\``}`;

export function columnOf(id: string): RunColumn | null {
  const fact = attributes[id];
  if (fact) return { id, kind: "attribute", key: id, width: fact.width, order: fact.order };
  const [, kind, rest] = /^(metrics|params|tags)\.(.+)$/s.exec(id) ?? [];
  if (!kind || !rest) return null;
  const key = /^`[^`]*`$/.test(rest) ? rest.slice(1, -1) : rest;
  const width = Math.min(Math.max(key.length * 7.2 + 44, kind === "metrics" ? 96 : 110), 220);
  return { id, kind: kind as "metrics", key, width: Math.round(width), order: `${kind}.\`${key}\`` };
}

export const labelOf = (column: RunColumn): string =>
  column.kind === "attribute" ? attributes[column.key]!.label : column.key;

/** Splits `metrics.a,params.b` at its commas, but not inside quotes. */
export const splitIds = (text: string): string[] =>
  (text.match(/(?:`[^`]*`|[^,])+/g) ?? []).map((part) => part.trim()).filter(Boolean);

/** What the API has to read for some columns. */
export const apiColumns = (columns: RunColumn[]): string =>
  columns
    .filter((column) => column.kind !== "attribute")
    .map((column) => column.order)
    .join(",");
