import type { EarlyTermination, Sweep } from "../../contract/sweep.ts";

type Goal = Sweep["objective"]["goal"];

/** What a trial that has not ended has reported of the primary metric, oldest first. */
export interface Reports {
  number: number;
  values: number[];
  /** It was told to end, and will be ended no more. */
  ended: boolean;
}

/** How a trial did in its first `at` reports; more is better, whatever the goal. */
export interface Mark {
  number: number;
  at: number;
  best: number;
  mean: number;
}

/**
 * Where a trial of so many reports can be compared with others, in order: after each of these numbers of reports. Beyond
 * a hundred intervals the next place comes after two per cent more of them: at each, something is kept of every trial.
 */
function placesOf(policy: EarlyTermination, reports: number): number[] {
  const places: number[] = [];
  if (policy.type === "asha") {
    for (let rung = policy.minReports; rung <= reports; rung *= policy.reductionFactor) places.push(rung);
    return places;
  }
  const { evaluationInterval: interval, delayEvaluation: delay } = policy;
  const first = Math.ceil(Math.max(delay, 1) / interval);
  const last = Math.floor(reports / interval);
  for (let count = first; count <= last; count += Math.max(1, Math.floor(count / 50))) places.push(count * interval);
  return places;
}

/** By which of its first reports a trial is judged now: by all rungs, or by the last place that the policy looks at. */
export const judgedAt = (policy: EarlyTermination, reports: number): number[] =>
  policy.type === "asha" ? placesOf(policy, reports) : placesOf(policy, reports).slice(-1);

/** How a trial did wherever another one may be compared with it; kept when it has ended. */
export function marksOf(policy: EarlyTermination, goal: Goal, { number, values }: Omit<Reports, "ended">): Mark[] {
  const places = new Set(placesOf(policy, values.length));
  const marks: Mark[] = [];
  let best = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (const [index, value] of values.entries()) {
    const turned = goal === "maximize" ? value : -value;
    best = Math.max(best, turned);
    sum += turned;
    const at = index + 1;
    if (places.has(at)) marks.push({ number, at, best, mean: sum / at });
  }
  return marks;
}

interface Compared extends Mark {
  ended: boolean;
}

/**
 * Trials to end before their time, and why. Pure: the same reports give the same answer. Of trials that have ended the
 * marks are needed where those that run are judged.
 */
export function toTerminate(
  policy: EarlyTermination,
  goal: Goal,
  running: Reports[],
  ended: Mark[],
): Map<number, string> {
  const all: Compared[] = [
    ...ended.map((mark) => ({ ...mark, ended: true })),
    ...running.flatMap((trial) => marksOf(policy, goal, trial).map((mark) => ({ ...mark, ended: trial.ended }))),
  ];
  const byPlace = Map.groupBy(all, ({ at }) => at);
  const found = new Map<number, string>();
  for (const { number, values, ended } of running) {
    if (ended) continue;
    for (const at of judgedAt(policy, values.length)) {
      const there = byPlace.get(at)!;
      const own = there.find((mark) => mark.number === number)!;
      const others = there.filter((mark) => mark.number !== number);
      const reason = reasonFor(policy, goal, own, others);
      if (reason === undefined) continue;
      found.set(number, reason);
      break;
    }
  }
  return found;
}

function reasonFor(policy: EarlyTermination, goal: Goal, own: Mark, others: Compared[]): string | undefined {
  if (policy.type === "asha") return ashaReason(policy, own, others);
  if (others.length === 0) return undefined;
  const { at } = own;
  const shown = (value: number): string => String(Number((goal === "maximize" ? value : -value).toPrecision(6)));
  if (policy.type === "bandit") {
    const best = bestOf(others.map((other) => other.best));
    const least = policy.slackAmount === undefined ? slacked(best, policy.slackFactor ?? 0) : best - policy.slackAmount;
    if (own.best >= least) return undefined;
    return `after ${at} reports its best is ${shown(own.best)}; the best trial had ${shown(best)}, and the slack ends at ${shown(least)}`;
  }
  if (policy.type === "median_stopping") {
    const median = medianOf(others.map(({ mean }) => mean));
    if (own.best >= median) return undefined;
    return `after ${at} reports its best is ${shown(own.best)}, behind the median of the others' averages, ${shown(median)}`;
  }
  const ranked = [...(policy.excludeFinishedJobs ? others.filter(({ ended }) => !ended) : others), own].toSorted(
    (a, b) => a.best - b.best || b.number - a.number,
  );
  const cut = Math.floor((ranked.length * policy.truncationPercentage) / 100);
  const rank = ranked.findIndex(({ number }) => number === own.number);
  if (rank >= cut) return undefined;
  return `after ${at} reports it is among the lowest ${policy.truncationPercentage} % of ${ranked.length} trials`;
}

/** As far below the best as the factor allows; for metrics below zero (also: smaller is better) in the same direction. */
const slacked = (best: number, factor: number): number => (best >= 0 ? best / (1 + factor) : best * (1 + factor));

/** A trial goes on beyond a rung only among the best 1/factor of those that reached it. */
function ashaReason(
  { reductionFactor }: Extract<EarlyTermination, { type: "asha" }>,
  own: Mark,
  others: Mark[],
): string | undefined {
  const reached = others.length + 1;
  if (reached < reductionFactor) return undefined;
  const better = others.filter(({ best }) => best > own.best).length;
  const kept = Math.floor(reached / reductionFactor);
  if (better < kept) return undefined;
  return `after ${own.at} reports it is not among the best ${kept} of the ${reached} trials that came so far`;
}

const bestOf = (values: number[]): number => values.reduce((best, value) => Math.max(best, value), -Infinity);

function medianOf(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
