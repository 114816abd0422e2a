/** Two samples counted over the union of their categories, in the same order. */
export interface CategoryCounts {
  labels: string[];
  reference: number[];
  production: number[];
}

/** Counts both samples over all categories that either has; the most frequent in the reference come first. */
export function countCategories(reference: readonly string[], production: readonly string[]): CategoryCounts {
  const inReference = tally(reference);
  const inProduction = tally(production);
  const labels = [...new Set([...inReference.keys(), ...inProduction.keys()])].sort(
    (a, b) => (inReference.get(b) ?? 0) - (inReference.get(a) ?? 0) || (a < b ? -1 : 1),
  );
  return {
    labels,
    reference: labels.map((label) => inReference.get(label) ?? 0),
    production: labels.map((label) => inProduction.get(label) ?? 0),
  };
}

function tally(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
