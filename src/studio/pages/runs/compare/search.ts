/** All that the page of comparisons shows, as it stands in the address. */
export interface CompareSearch {
  /** Ids, separated by commas. */
  runs?: string;
  tab?: string;
  /** Metrics with a chart, separated by commas; at first those that the most runs have. */
  metrics?: string;
  /** `step`, `time` since the run's start, or `wall` clock. */
  x?: string;
  /** Part of the running mean that the past makes up: 0 for none, up to 0.99. */
  smooth?: string;
  /** `x`, `y` or `xy`: axes with a logarithmic scale. */
  log?: string;
  /** `from~to` on the x axis. */
  zoom?: string;
  /** Axes of the scatter and box charts. */
  sx?: string;
  sy?: string;
  by?: string;
  /** Columns of the parallel coordinates. */
  axes?: string;
  best?: string;
  /** Show also what does not differ. */
  all?: string;
  path?: string;
}

const keys = ["runs", "tab", "metrics", "x", "smooth", "log", "zoom", "sx", "sy", "by", "axes", "best", "all", "path"];

export function compareSearch(search: Record<string, unknown>): CompareSearch {
  const found = keys.map((key) => [
    key,
    typeof search[key] === "string" && search[key] !== "" ? search[key] : undefined,
  ]);
  return Object.fromEntries(found) as CompareSearch;
}
