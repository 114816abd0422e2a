/** All that a table of runs shows, as it stands in the address. */
export interface TableSearch {
  /** Filter in MLflow's language, or a part of a name. */
  q?: string;
  /** `metrics.rmse DESC` */
  sort?: string;
  cols?: string;
  /** Columns that stay in view; the name always does. */
  pin?: string;
  /** `deleted` or `all`; active runs unless said. */
  stage?: string;
  /** `1`: only top runs, whose children unfold. */
  nested?: string;
  /** Which direction of a metric is the better one: `metrics.rmse:min,metrics.r2:max`. */
  best?: string;
  view?: string;
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** The keys that a saved view keeps. */
export const viewKeys = ["q", "sort", "cols", "pin", "stage", "nested", "best"] as const;

export function tableSearch(search: Record<string, unknown>): TableSearch {
  const found: TableSearch = { view: text(search.view) };
  for (const key of viewKeys) found[key] = text(search[key]);
  return found;
}
