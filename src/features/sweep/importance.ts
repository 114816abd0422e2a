import type { SweepValue } from "./distribution.ts";

interface Result {
  values: Record<string, SweepValue>;
  metric: number;
}

const mostGroups = 8;

/**
 * How much of the metric's variance each parameter explains by itself, from 0 to 1: the first-order sensitivity index,
 * from the means of groups of trials with like values, less what groups of that number would explain by chance
 * (adjusted R² of a one-way analysis of variance). Empty with fewer than 8 trials. Parameters that matter only
 * together with others are not seen.
 */
export function importanceOf(results: Result[]): Record<string, number> {
  const usable = results.filter(({ metric }) => Number.isFinite(metric));
  if (usable.length < 8) return {};
  const all = usable.map(({ metric }) => metric);
  const center = mean(all);
  const total = all.reduce((sum, metric) => sum + (metric - center) ** 2, 0);
  if (total === 0) return {};
  const found: Record<string, number> = {};
  for (const name of Object.keys(usable[0]!.values)) {
    const groups = grouped(usable, name);
    if (groups.length < 2 || groups.length >= usable.length) {
      found[name] = 0;
      continue;
    }
    const within = groups.reduce((sum, group) => {
      const own = mean(group);
      return sum + group.reduce((inner, metric) => inner + (metric - own) ** 2, 0);
    }, 0);
    const adjusted = 1 - within / (usable.length - groups.length) / (total / (usable.length - 1));
    found[name] = Math.min(Math.max(adjusted, 0), 1);
  }
  return found;
}

/** Metrics of trials with like values: the same value, or neighbours in order when there are many. */
function grouped(results: Result[], name: string): number[][] {
  const byValue = Map.groupBy(results, ({ values }) => values[name]);
  const numeric = results.every(({ values }) => typeof values[name] === "number");
  if (!numeric || byValue.size <= mostGroups) return [...byValue.values()].map((group) => group.map(metricOf));
  const ordered = results.toSorted((a, b) => (a.values[name] as number) - (b.values[name] as number));
  const count = Math.min(mostGroups, Math.floor(results.length / 3));
  const groups: number[][] = Array.from({ length: count }, () => []);
  ordered.forEach((result, at) => {
    groups[Math.floor((at * count) / ordered.length)]!.push(result.metric);
  });
  return groups;
}

const metricOf = ({ metric }: Result): number => metric;
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
