/**
 * First Wasserstein (earth mover's) distance of two non-empty samples, in the units of the values: the area between their
 * empirical distribution functions. As scipy's `wasserstein_distance`.
 */
export function wassersteinDistance(reference: readonly number[], production: readonly number[]): number {
  const r = Float64Array.from(reference).sort();
  const p = Float64Array.from(production).sort();
  let area = 0;
  let at = Math.min(r[0]!, p[0]!);
  for (let i = 0, j = 0; i < r.length || j < p.length; ) {
    const next = j === p.length || (i < r.length && r[i]! <= p[j]!) ? r[i]! : p[j]!;
    area += Math.abs(i / r.length - j / p.length) * (next - at);
    at = next;
    while (i < r.length && r[i] === at) i++;
    while (j < p.length && p[j] === at) j++;
  }
  return area;
}

/**
 * Wasserstein distance in standard deviations of the reference, of which at least 0.001 is assumed.
 *
 * @param ddof what is taken from the number of rows in the variance's denominator: 1 as in Azure ML, 0 as in Evidently.
 */
export function normalizedWassersteinDistance(
  reference: readonly number[],
  production: readonly number[],
  ddof: 0 | 1 = 1,
): number {
  return wassersteinDistance(reference, production) / Math.max(standardDeviation(reference, ddof), 0.001);
}

/** Standard deviation, in the units of the values; 0 for fewer than two of them. */
export function standardDeviation(values: readonly number[], ddof: 0 | 1 = 1): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - ddof));
}

/** Arithmetic mean of a non-empty sample. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
