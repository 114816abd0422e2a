import type { Distribution } from "../../contract/sweep.ts";
import { normalQuantile } from "./normal.ts";

export type SweepValue = string | number | boolean;

/** The value of a parameter at `u` in [0, 1): its quantile. Every way of sampling chooses a `u`. */
export function valueAt(distribution: Distribution, u: number, logbase: number = Math.E): SweepValue {
  switch (distribution.type) {
    case "choice":
      return distribution.values[Math.min(Math.floor(u * distribution.values.length), distribution.values.length - 1)]!;
    case "randint":
      return Math.min(Math.floor(u * distribution.upper), distribution.upper - 1);
    case "uniform":
      return between(distribution, u);
    case "quniform":
      return rounded(between(distribution, u), distribution.q);
    case "loguniform":
      return logbase ** between(distribution, u);
    case "qloguniform":
      return rounded(logbase ** between(distribution, u), distribution.q);
    case "normal":
      return around(distribution, u);
    case "qnormal":
      return rounded(around(distribution, u), distribution.q);
    case "lognormal":
      return Math.exp(around(distribution, u));
    case "qlognormal":
      return rounded(Math.exp(around(distribution, u)), distribution.q);
  }
}

const between = ({ min, max }: { min: number; max: number }, u: number): number => min + u * (max - min);

/** The tails of a normal distribution are infinite; a sweep goes no further than about 8 sigma. */
const around = ({ mu, sigma }: { mu: number; sigma: number }, u: number): number =>
  mu + sigma * normalQuantile(Math.min(Math.max(u, 1e-15), 1 - 1e-15));

/** A multiple of `q`, without the digits that binary fractions add. */
const rounded = (value: number, q: number): number => Number((Math.round(value / q) * q).toPrecision(12));

/** How many values a parameter can take, when they can be counted. They are not made for that: there may be billions. */
export function countOf(distribution: Distribution): number | undefined {
  if (distribution.type === "choice") return distribution.values.length;
  if (distribution.type === "randint") return distribution.upper;
  if (distribution.type !== "quniform") return undefined;
  const { min, max, q } = distribution;
  return Math.max(0, Math.floor(max / q) - Math.ceil(min / q) + 1);
}

/** One of the values that can be counted, from 0. */
export function countedValue(distribution: Distribution, index: number): SweepValue {
  if (distribution.type === "choice") return distribution.values[index]!;
  if (distribution.type !== "quniform") return index;
  const { min, q } = distribution;
  return rounded((Math.ceil(min / q) + index) * q, q);
}

/** Numbers may be placed between others; of a choice nothing lies between. */
export const isNumeric = ({ type }: Distribution): boolean => type !== "choice";
