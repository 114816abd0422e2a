import { invalidParameter } from "./error.ts";

/** Of runs and logged models. Each is a variable of the query, of which databases take some ten thousands. */
export const mostSearched = 10_000;

const usual = 1000;

export function atMostExperiments(ids: string[], most = usual): string[] {
  if (ids.length <= most) return ids;
  throw invalidParameter(`A request can name at most ${most} experiments; it names ${ids.length}.`);
}

/** Experiments as numbers. Those that cannot be are as good as none. */
export function experimentNumbers(ids: string[], most = usual): number[] {
  return atMostExperiments(ids, most)
    .filter((id) => /^\d{1,15}$/.test(id))
    .map(Number);
}
