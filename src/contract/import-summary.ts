import type { ImportedLoggedModel, ImportedRun, ImportSummary } from "./import.ts";
import type { MetricValue } from "./run.ts";

/** How both sides of an import put down what they have, so that equal things give equal text. */

const sorted = <T>(items: T[], textOf: (item: T) => string): T[] =>
  items
    .map((item) => ({ item, text: textOf(item) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ item }) => item);

const sortedPairs = (pairs: [string, string][]): [string, string][] => sorted(pairs, ([key]) => key);

/** The facts of a run whose digest is compared. Its experiment has another number on each side. */
export function factsOfRun(run: ImportedRun): unknown {
  return {
    ...{ name: run.name, state: run.state, lifecycleStage: run.lifecycleStage, user: run.user },
    // A run always has a start here.
    ...{ startedAt: run.startedAt ?? 0, endedAt: run.endedAt },
    params: sortedPairs(run.params),
    tags: sortedPairs(run.tags),
    datasets: sorted(
      run.datasets.map((dataset) => ({ ...dataset, tags: sortedPairs(dataset.tags) })),
      ({ name, digest }) => `${name} ${digest}`,
    ),
    inputs: sorted(run.inputs, (id) => id),
    outputs: sorted(run.outputs, ({ modelId }) => modelId),
  };
}

export function factsOfLoggedModel(model: ImportedLoggedModel): unknown {
  return {
    ...{ name: model.name, modelType: model.modelType, sourceRunId: model.sourceRunId, status: model.status },
    ...{ lifecycleStage: model.lifecycleStage, createdAt: model.createdAt, updatedAt: model.updatedAt },
    params: sortedPairs(model.params),
    tags: sortedPairs(model.tags),
    metrics: sorted(model.metrics, (metric) =>
      JSON.stringify([metric.runId, metric.key, metric.timestamp, metric.step]),
    ),
  };
}

/** The list of files whose digest is compared. */
export const listOfFiles = (files: { path: string; digest: string; size: number }[]): unknown =>
  sorted(files, ({ path }) => path).map(({ path, digest, size }) => [path, size, digest]);

export const numberOfValue = (value: MetricValue): number => {
  if (value === "Infinity") return Number.MAX_VALUE;
  if (value === "-Infinity") return -Number.MAX_VALUE;
  return value === "NaN" ? Number.NaN : Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE);
};

/**
 * Counts points and sums up a 128-bit hash of each. A sum does not depend on order, so that neither side has to sort
 * or to keep millions of points. It finds damage and loss; it is no proof against somebody who wants to deceive.
 */
export class PointsSum {
  count = 0;
  private readonly sums = new Uint32Array(4);
  private readonly numbers = new Float64Array(3);
  private readonly words = new Uint32Array(this.numbers.buffer);
  private readonly seeds = new Map<string, number>();

  add(key: string, timestamp: number, step: number, value: number): void {
    this.count += 1;
    this.numbers[0] = timestamp;
    this.numbers[1] = step;
    // One NaN and one zero, however they were written.
    this.numbers[2] = Number.isNaN(value) ? Number.NaN : value + 0;
    const seed = this.seedOf(key);
    for (let lane = 0; lane < 4; lane++) {
      let hash = Math.imul(seed ^ (lane * 0x9e3779b1), 0x85ebca6b) ^ lane;
      for (let at = 0; at < 6; at++) {
        hash = Math.imul(hash ^ this.words[at]!, 0xcc9e2d51);
        hash = ((hash << 15) | (hash >>> 17)) + 0x1b873593;
      }
      hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
      hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
      this.sums[lane]! += hash ^ (hash >>> 16);
    }
  }

  get text(): string {
    return [...this.sums].map((sum) => sum.toString(16).padStart(8, "0")).join("");
  }

  private seedOf(key: string): number {
    const known = this.seeds.get(key);
    if (known !== undefined) return known;
    let seed = 0x811c9dc5;
    for (let at = 0; at < key.length; at++) seed = Math.imul(seed ^ key.charCodeAt(at), 0x01000193);
    this.seeds.set(key, seed);
    return seed;
  }
}

/** Names of what differs between two sides. */
export function differencesOf(there: ImportSummary, here: ImportSummary): string[] {
  const words: [string, boolean][] = [
    ["params", there.params !== here.params],
    ["tags", there.tags !== here.tags],
    ["data sets", there.datasets !== here.datasets],
    ["points", there.points !== here.points || there.pointsSum !== here.pointsSum],
    ["files", there.files !== here.files || there.filesDigest !== here.filesDigest],
  ];
  const found = words.filter(([, differs]) => differs).map(([word]) => word);
  return found.length === 0 && there.facts !== here.facts ? ["record"] : found;
}
