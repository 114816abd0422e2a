import type { categoricalMetrics, MonitorRun, numericalMetrics } from "../../../contract/monitor.ts";
import { histogram, pooledEdges } from "./binning.ts";
import { countCategories } from "./category-counts.ts";
import { chiSquaredGoodnessOfFit } from "./chi-squared.ts";
import { type Cell, type ColumnType, categoricalValues, numericalValues } from "./column.ts";
import { jensenShannonDistance } from "./jensen-shannon.ts";
import { kolmogorovSmirnov } from "./kolmogorov-smirnov.ts";
import { inDigits, inPercent, rangeLabels, shortened } from "./labels.ts";
import { populationStabilityIndex } from "./population-stability-index.ts";
import { shares } from "./shares.ts";
import { mean, normalizedWassersteinDistance, standardDeviation } from "./wasserstein.ts";

type Shares = MonitorRun["features"][number]["histogram"];

/** Two samples of one column side by side. */
export interface Comparison<Metric extends string = string> {
  /** How many production values could be used. */
  productionCount: number;
  /** Azure ML's metrics by name, computed when called. */
  metrics: Record<Metric, () => number>;
  /** Both samples as shares of the same bins. */
  histogram: Shares;
  /** What is different, in words. */
  difference: string;
}

/** A chart shows this many categories, and the rest as one. */
const chartedCategories = 30;

/** Compares two samples of a column, of which the reference has usable values; null where production has none. */
export function compareColumn(
  type: ColumnType,
  reference: readonly Cell[],
  production: readonly Cell[],
): Comparison | null {
  if (type === "numerical") {
    const values = numericalValues(production);
    return values.length > 0 ? compareNumbers(numericalValues(reference), values) : null;
  }
  const values = categoricalValues(production);
  return values.length > 0 ? compareCategories(categoricalValues(reference), values) : null;
}

function compareNumbers(reference: number[], production: number[]): Comparison<(typeof numericalMetrics)[number]> {
  const edges = pooledEdges(reference, production);
  const r = histogram(reference, edges).counts;
  const p = histogram(production, edges).counts;
  const moments = (of: (values: number[]) => number) => `${inDigits(of(reference))} → ${inDigits(of(production))}`;
  return {
    productionCount: production.length,
    metrics: {
      jensen_shannon_distance: () => jensenShannonDistance(r, p),
      normalized_wasserstein_distance: () => normalizedWassersteinDistance(reference, production),
      population_stability_index: () => populationStabilityIndex(r, p),
      two_sample_kolmogorov_smirnov_test: () => kolmogorovSmirnov(reference, production).pValue,
    },
    histogram: { labels: rangeLabels(edges), reference: shares(r), production: shares(p) },
    difference: `mean ${moments(mean)}, standard deviation ${moments(standardDeviation)}`,
  };
}

function compareCategories(reference: string[], production: string[]): Comparison<(typeof categoricalMetrics)[number]> {
  const { labels, reference: r, production: p } = countCategories(reference, production);
  const [from, to] = [shares(r), shares(p)];
  const changes = from.map((share, category) => Math.abs(to[category]! - share));
  const most = changes.indexOf(changes.reduce((a, b) => Math.max(a, b)));
  return {
    productionCount: production.length,
    metrics: {
      jensen_shannon_distance: () => jensenShannonDistance(r, p),
      population_stability_index: () => populationStabilityIndex(r, p),
      pearsons_chi_squared_test: () => chiSquaredGoodnessOfFit(r, p).pValue,
    },
    histogram: charted({ labels: labels.map(shortened), reference: from, production: to }),
    difference: `"${shortened(labels[most]!)}" ${inPercent(from[most]!)} → ${inPercent(to[most]!)} of values`,
  };
}

function charted({ labels, reference, production }: Shares): Shares {
  if (labels.length <= chartedCategories) return { labels, reference, production };
  const shown = labels
    .map((label, category) => ({ label, from: reference[category]!, to: production[category]! }))
    .sort((a, b) => b.from + b.to - a.from - a.to)
    .slice(0, chartedCategories);
  const withRest = (values: number[]) => [...values, Math.max(0, 1 - values.reduce((sum, value) => sum + value, 0))];
  return {
    labels: [...shown.map((category) => category.label), `${labels.length - chartedCategories} others`],
    reference: withRest(shown.map((category) => category.from)),
    production: withRest(shown.map((category) => category.to)),
  };
}
