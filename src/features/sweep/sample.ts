import { Problem } from "../../contract/errors.ts";
import { mostTrials, type Sweep } from "../../contract/sweep.ts";
import { chance } from "./chance.ts";
import { countedValue, countOf, isNumeric, type SweepValue, valueAt } from "./distribution.ts";
import { sobolPoint } from "./sobol.ts";
import { type Observation, suggest } from "./tpe.ts";

/** What a trial runs with: the values, and where in [0, 1) of its distribution each one is. */
export interface Trial {
  values: Record<string, SweepValue>;
  point: Record<string, number>;
}

/** An earlier trial; `metric` null while it has none. */
export interface Tried {
  point: Record<string, number>;
  metric: number | null;
  ended: boolean;
}

/**
 * The trial of a number (from 0); undefined when there are no more. Only Bayesian sampling looks at the trials before.
 * The same arguments give the same trial.
 */
export function trialOf(sweep: Sweep, number: number, seed: string, before: Tried[]): Trial | undefined {
  if (number >= sweep.limits.maxTotalTrials) return undefined;
  const names = Object.keys(sweep.searchSpace);
  if (sweep.sampling.type === "grid") return gridTrial(sweep, number);
  const { sampling } = sweep;
  const own = "seed" in sampling && sampling.seed !== undefined ? sampling.seed : seed;
  const sobol = sampling.type === "random" && sampling.rule === "sobol" ? sobolPoint(number, names.length) : undefined;
  const observations = sampling.type === "bayesian" ? observationsOf(sweep, before) : [];
  const point: Trial["point"] = {};
  const values: Trial["values"] = {};
  names.forEach((name, at) => {
    const distribution = sweep.searchSpace[name]!;
    const levels = isNumeric(distribution) ? undefined : countOf(distribution);
    const u = sobol
      ? shifted(sobol[at]!, own, name)
      : (suggest(observations, name, levels, [own, number]) ?? chance(own, number, name));
    point[name] = u;
    values[name] = valueAt(distribution, u, sampling.type === "random" ? sampling.logbase : undefined);
  });
  return { values, point };
}

/** The sequence moved by a random step around the circle: as even, and different for each seed. */
const shifted = (u: number, seed: string | number, name: string): number => (u + chance(seed, "shift", name)) % 1;

function gridTrial({ searchSpace }: Sweep, number: number): Trial | undefined {
  const point: Trial["point"] = {};
  const values: Trial["values"] = {};
  let rest = number;
  // The last parameter changes fastest, as when loops are written one inside the other.
  for (const name of Object.keys(searchSpace).reverse()) {
    const distribution = searchSpace[name]!;
    const count = countOf(distribution) ?? 0;
    const at = rest % count;
    rest = Math.floor(rest / count);
    values[name] = countedValue(distribution, at);
    point[name] = (at + 0.5) / count;
  }
  return rest === 0 ? { values: inOrder(searchSpace, values), point: inOrder(searchSpace, point) } : undefined;
}

const inOrder = <T>(like: object, of: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.keys(like).map((name) => [name, of[name]!]));

/** Trials that still run count as the worst so far, so that the next one looks elsewhere. */
function observationsOf({ objective }: Sweep, before: Tried[]): Observation[] {
  const sign = objective.goal === "minimize" ? 1 : -1;
  const losses = before.flatMap(({ metric }) => (metric === null ? [] : [sign * metric]));
  const worst = losses.reduce((most, loss) => Math.max(most, loss), Number.NEGATIVE_INFINITY);
  return before.flatMap(({ point, metric, ended }) => {
    if (metric !== null && ended) return [{ point, loss: sign * metric }];
    return losses.length > 0 ? [{ point, loss: worst }] : [];
  });
}

/** What is wrong with a sweep, whatever its command does. */
export function checkSweep(sweep: Sweep): { at: string; message: string }[] {
  const entries = Object.entries(sweep.searchSpace);
  const issues: { at: string; message: string }[] = [];
  if (entries.length === 0) issues.push({ at: "searchSpace", message: "a sweep needs at least one parameter" });
  for (const [name, distribution] of entries) {
    const at = `searchSpace.${name}`;
    if ("min" in distribution && distribution.min >= distribution.max) {
      issues.push({ at, message: `min (${distribution.min}) must be below max (${distribution.max})` });
    }
    if (sweep.sampling.type !== "grid") continue;
    const count = countOf(distribution);
    if (count === undefined) {
      issues.push({ at, message: `a grid needs values that can be counted; ${distribution.type} has none` });
    } else if (count === 0) issues.push({ at, message: "there is no value between min and max" });
  }
  issues.push(...checkGrid(sweep));
  const policy = sweep.earlyTermination;
  if (policy?.type === "bandit" && (policy.slackFactor === undefined) === (policy.slackAmount === undefined)) {
    issues.push({ at: "earlyTermination", message: "a bandit policy has either slackFactor or slackAmount" });
  }
  try {
    if (sweep.sampling.type === "random" && sweep.sampling.rule === "sobol") sobolPoint(0, entries.length);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    issues.push({ at: "sampling", message: error.message });
  }
  return issues;
}

/** One that no sweep comes to the end of would only ever try a corner of what it was to try. */
function checkGrid({ searchSpace, sampling }: Sweep): { at: string; message: string }[] {
  const count = combinations(searchSpace);
  if (sampling.type !== "grid" || count <= mostTrials) return [];
  const said = count < 1e15 ? count.toLocaleString("en") : "more than 1,000,000,000,000,000";
  const most = mostTrials.toLocaleString("en");
  return [
    {
      at: "searchSpace",
      message: `the grid has ${said} combinations, and a sweep runs at most ${most} trials; take fewer values, or sample at random`,
    },
  ];
}

const combinations = (searchSpace: Sweep["searchSpace"]): number =>
  Object.values(searchSpace).reduce((product, one) => product * (countOf(one) ?? 1), 1);

/** How many trials there will be, when nothing ends the sweep before. */
export function trialCount({ searchSpace, sampling, limits }: Sweep): number {
  if (sampling.type !== "grid") return limits.maxTotalTrials;
  return Math.min(combinations(searchSpace), limits.maxTotalTrials);
}
