import type { MonitorRun } from "../../contract/monitor.ts";
import { inDigits } from "./statistics/labels.ts";

export type FeatureDrift = MonitorRun["features"][number];

/** What was found about one column. */
export interface ColumnReport {
  feature: string;
  drifts: FeatureDrift[];
  /** What is different, in words. */
  difference: string;
  /** Why the column cannot be judged, if so. */
  doubt: string | null;
}

/** A message names this many columns of a kind, and counts the others. */
const named = 10;

const words: Record<string, string> = {
  jensen_shannon_distance: "Jensen–Shannon distance",
  normalized_wasserstein_distance: "normalized Wasserstein distance",
  population_stability_index: "population stability index",
  two_sample_kolmogorov_smirnov_test: "p-value of the Kolmogorov–Smirnov test",
  pearsons_chi_squared_test: "p-value of the chi-squared test",
};

/**
 * The result of a comparison in words: how many of the `compared` columns moved, which and how far, in the order given,
 * and which columns could not be judged and why.
 */
export function driftMessage(compared: number, moved: ColumnReport[], doubtful: ColumnReport[]): string {
  const sentences = [];
  if (moved.length > 0) sentences.push(`${moved.length} of ${count(compared)} moved: ${list(moved.map(movement))}.`);
  else if (compared > 0) sentences.push(`No drift in ${count(compared)}.`);
  else if (doubtful.length === 0) sentences.push("Nothing to compare: no column in both samples has a threshold.");
  if (doubtful.length > 0) {
    sentences.push(
      `${count(doubtful.length)} could not be judged: ${list(doubtful.map((column) => `${column.feature} (${column.doubt})`))}.`,
    );
  }
  return sentences.join(" ");
}

function movement(column: ColumnReport): string {
  const measures = column.drifts.filter((drift) => drift.drifted).map(measure);
  return `${column.feature} (${column.difference}; ${measures.join("; ")})`;
}

function measure({ metric, value, threshold }: FeatureDrift): string {
  return `${words[metric]} ${inDigits(value)}, limit ${inDigits(threshold)}`;
}

function list(items: string[]): string {
  const more = items.length - named;
  return [...items.slice(0, named), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

function count(columns: number): string {
  return columns === 1 ? "1 column" : `${columns} columns`;
}
