import { invalidParameter } from "./error.ts";

/** Of runs and logged models. Each is a variable of the query, of which databases take some ten thousands. */
export const mostSearched = 10_000;

const usual = 1000;

/** Experiments as numbers. Those that cannot be are as good as none. */
export function experimentNumbers(ids: string[], most = usual): number[] {
  if (ids.length > most)
    throw invalidParameter(`A request can name at most ${most} experiments; it names ${ids.length}.`);
  return ids.filter((id) => /^\d{1,15}$/.test(id)).map(Number);
}
