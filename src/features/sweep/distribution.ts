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

/** The values that a parameter can take, when they can be counted. */
export function valuesOf(distribution: Distribution): SweepValue[] | undefined {
  if (distribution.type === "choice") return distribution.values;
  if (distribution.type === "randint") return Array.from({ length: distribution.upper }, (_, value) => value);
  if (distribution.type !== "quniform") return undefined;
  const { min, max, q } = distribution;
  const first = Math.ceil(min / q);
  const count = Math.floor(max / q) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, step) => rounded((first + step) * q, q));
}

/** Numbers may be placed between others; of a choice nothing lies between. */
export const isNumeric = ({ type }: Distribution): boolean => type !== "choice";
