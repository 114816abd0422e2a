import type { EarlyTermination, Sweep } from "../../contract/sweep.ts";

/** What a trial has reported of the primary metric, oldest first. */
export interface Reports {
  number: number;
  values: number[];
  ended: boolean;
}

/** Trials to end before their time, and why. Pure: the same reports give the same answer. */
export function toTerminate(
  policy: EarlyTermination,
  goal: Sweep["objective"]["goal"],
  trials: Reports[],
): Map<number, string> {
  const found = new Map<number, string>();
  // Turned so that more is better.
  const turned = trials.map((trial) => ({
    ...trial,
    values: trial.values.map((value) => (goal === "maximize" ? value : -value)),
  }));
  for (const trial of turned) {
    if (trial.ended) continue;
    const reason = reasonFor(policy, goal, trial, turned);
    if (reason) found.set(trial.number, reason);
  }
  return found;
}

function reasonFor(
  policy: EarlyTermination,
  goal: Sweep["objective"]["goal"],
  trial: Reports,
  all: Reports[],
): string | undefined {
  if (policy.type === "asha") return ashaReason(policy, trial, all);
  const at = lastEvaluation(policy, trial.values.length);
  if (at === 0) return undefined;
  const own = bestOf(trial.values.slice(0, at));
  const others = all.filter(({ number, values }) => number !== trial.number && values.length >= at);
  if (others.length === 0) return undefined;
  const shown = (value: number): string => String(Number((goal === "maximize" ? value : -value).toPrecision(6)));
  if (policy.type === "bandit") {
    const best = bestOf(others.map(({ values }) => bestOf(values.slice(0, at))));
    const least = policy.slackAmount === undefined ? slacked(best, policy.slackFactor ?? 0) : best - policy.slackAmount;
    if (own >= least) return undefined;
    return `after ${at} reports its best is ${shown(own)}; the best trial had ${shown(best)}, and the slack ends at ${shown(least)}`;
  }
  if (policy.type === "median_stopping") {
    const median = medianOf(others.map(({ values }) => mean(values.slice(0, at))));
    if (own >= median) return undefined;
    return `after ${at} reports its best is ${shown(own)}, behind the median of the others' averages, ${shown(median)}`;
  }
  const ranked = [...(policy.excludeFinishedJobs ? others.filter(({ ended }) => !ended) : others), trial]
    .map(({ number, values }) => ({ number, best: bestOf(values.slice(0, at)) }))
    .toSorted((a, b) => a.best - b.best || b.number - a.number);
  const cut = Math.floor((ranked.length * policy.truncationPercentage) / 100);
  const rank = ranked.findIndex(({ number }) => number === trial.number);
  if (rank >= cut) return undefined;
  return `after ${at} reports it is among the lowest ${policy.truncationPercentage} % of ${ranked.length} trials`;
}

/** By which number of reports a trial is judged: the last one that the policy looks at; 0 when it was not yet. */
function lastEvaluation(
  { evaluationInterval, delayEvaluation }: { evaluationInterval: number; delayEvaluation: number },
  reports: number,
): number {
  const at = Math.floor(reports / evaluationInterval) * evaluationInterval;
  return at < Math.max(delayEvaluation, 1) ? 0 : at;
}

/** As far below the best as the factor allows; for metrics below zero (also: smaller is better) in the same direction. */
const slacked = (best: number, factor: number): number => (best >= 0 ? best / (1 + factor) : best * (1 + factor));

/** A trial goes on beyond a rung only among the best 1/factor of those that reached it. */
function ashaReason(
  { minReports, reductionFactor }: Extract<EarlyTermination, { type: "asha" }>,
  trial: Reports,
  all: Reports[],
): string | undefined {
  for (let rung = minReports; rung <= trial.values.length; rung *= reductionFactor) {
    const reached = all.filter(({ values }) => values.length >= rung);
    if (reached.length < reductionFactor) continue;
    const own = bestOf(trial.values.slice(0, rung));
    const better = reached.filter(
      ({ number, values }) => number !== trial.number && bestOf(values.slice(0, rung)) > own,
    ).length;
    const kept = Math.floor(reached.length / reductionFactor);
    if (better >= kept) {
      return `after ${rung} reports it is not among the best ${kept} of the ${reached.length} trials that came so far`;
    }
  }
  return undefined;
}

const bestOf = (values: number[]): number => values.reduce((best, value) => Math.max(best, value), -Infinity);
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function medianOf(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
