/** How many of `values` fall in each bin, and how many lie beyond the outer edges. */
export interface Histogram {
  counts: number[];
  outside: number;
}

/** Sturges' number of equal-width bins for `count` ≥ 1 observations: ceil(log2 n + 1). */
export function sturgesBinCount(count: number): number {
  return Math.ceil(Math.log2(count) + 1);
}

/**
 * Doane's number of bins, which allows for skew: ceil(1 + log2 n + log2(1 + |g1| / σ(g1))).
 *
 * Needs at least 3 values; constant values give 1 bin. As numpy's `doane` for floating-point data.
 */
export function doaneBinCount(values: readonly number[]): number {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n);
  if (n < 3 || deviation === 0) return 1;
  const skew = values.reduce((sum, value) => sum + ((value - mean) / deviation) ** 3, 0) / n;
  const skewError = Math.sqrt((6 * (n - 2)) / ((n + 1) * (n + 3)));
  return Math.ceil(1 + Math.log2(n) + Math.log2(1 + Math.abs(skew) / skewError));
}

/**
 * Edges of `bins` bins of equal width from `low` to `high`: `bins` + 1 numbers, ascending.
 *
 * Where both are the same number there is one bin, 0.5 % of it to either side (0.005 around zero), as in Azure ML.
 */
export function equalWidthEdges(low: number, high: number, bins: number): number[] {
  if (low === high) {
    const margin = low === 0 ? 0.005 : Math.abs(low) * 0.005;
    return [low - margin, high + margin];
  }
  const width = (high - low) / bins;
  return Array.from({ length: bins + 1 }, (_, index) => (index === bins ? high : low + index * width));
}

/**
 * Edges that two non-empty samples share: Sturges' number of bins over their common range.
 *
 * `count` is what Sturges' rule is given. Azure ML: the smaller sample's size, the default. Evidently: the sum of both.
 */
export function pooledEdges(
  reference: readonly number[],
  production: readonly number[],
  count = Math.min(reference.length, production.length),
): number[] {
  const [low, high] = extent(production, extent(reference));
  return equalWidthEdges(low, high, sturgesBinCount(count));
}

/**
 * Counts values per bin. Bins include their lower edge and exclude the upper one; the last includes both (numpy's rule).
 */
export function histogram(values: readonly number[], edges: readonly number[]): Histogram {
  const counts = new Array<number>(edges.length - 1).fill(0);
  let outside = 0;
  for (const value of values) {
    if (value < edges[0]! || value > edges.at(-1)!) {
      outside++;
      continue;
    }
    let bin = 0;
    let end = counts.length;
    while (end - bin > 1) {
      const middle = (bin + end) >>> 1;
      if (value < edges[middle]!) end = middle;
      else bin = middle;
    }
    counts[bin]!++;
  }
  return { counts, outside };
}

/** The smallest and the largest value, starting from `known`; infinities when there is none. */
export function extent(
  values: readonly number[],
  known: readonly [number, number] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
): [number, number] {
  let [low, high] = known;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
