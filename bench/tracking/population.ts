/**
 * The runs that searching is measured on, as SQL that SQLite and PostgreSQL both understand, so that a million of them
 * are made inside the database. Everything follows from the number of the run: both servers hold the same.
 */
export const metricNames = ["rmse", "accuracy", "epochs", ...numbered("m", 17)];
export const paramNames = ["lr", "seed", "model", ...numbered("p", 17)];
export const tagNames = ["team", "rare", "note", "t0", "t1"];

function numbered(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${String(index).padStart(2, "0")}`);
}

/** When run 0 started; each following one starts a second later. */
export const firstStart = 1_700_000_000_000;

const zeros = "0".repeat(32);

/** 32 digits. */
export const runId = (i: string): string => `substr('${zeros}' || cast(${i} as text), length(cast(${i} as text)) + 1)`;

/** A number below 2^31 without a visible pattern. */
const mixed = (i: string, k: number): string => `((${i} * 1103515245 + ${k * 40_503 + 12_345}) % 2147483647)`;

/** `rmse` has as many values as there are runs, `accuracy` 1,000, `epochs` five. */
export function metricValue(i: string, k: number): string {
  if (k === 1) return `(${mixed(i, k)} % 1000) / 1000.0`;
  if (k === 2) return `(${mixed(i, k)} % 5) * 10.0`;
  return `(${mixed(i, k)} % 10000000) / 100000.0`;
}

/** `lr` has 10 values, `seed` 100,000, `model` 50, others 100. */
export function paramValue(i: string, k: number): string {
  const text = (modulus: number) => `cast(${mixed(i, 100 + k)} % ${modulus} as text)`;
  if (k === 0) return `'0.0' || ${text(10)}`;
  if (k === 1) return text(100_000);
  return k === 2 ? `'model-' || ${text(50)}` : `'v' || ${text(100)}`;
}

/** `team` has 8 values; `rare` is `yes` for one run of 10,000. */
export function tagValue(i: string, k: number): string {
  if (k === 0) return `'team-' || cast(${mixed(i, 200)} % 8 as text)`;
  if (k === 1) return `case when ${i} % 10000 = 77 then 'yes' else 'no' end`;
  return `'value ' || cast(${mixed(i, 200 + k)} % 1000 as text)`;
}

/** One run of 100 is deleted, one of 1,000 still runs. */
export const stage = (i: string): string => `case when ${i} % 100 = 50 then 'deleted' else 'active' end`;
export const state = (i: string): string => `case when ${i} % 1000 = 7 then 'RUNNING' else 'FINISHED' end`;
export const startedAt = (i: string): string => `${firstStart} + ${i} * 1000`;

/** A table `n` with the column `i`: from a number up to, but without, another. */
export const series = (from: number, to: number): string =>
  `with recursive n(i) as (select cast(${from} as bigint) union all select i + 1 from n where i < ${to - 1})`;

/** A table `k` with the columns `k` and `name`. */
export const names = (list: string[]): string =>
  `(${list.map((name, k) => `select ${k} as k, '${name}' as name`).join(" union all ")}) as k`;

/** One of some expressions, by the column `k.k`. */
export const byKey = (list: string[], expression: (k: number) => string): string =>
  `case k.k ${list.map((_, k) => `when ${k} then ${expression(k)}`).join(" ")} end`;
