import { type PageWanted, type Position, pageToken, positionOf } from "../../features/search/index.ts";
import { invalidParameter } from "./error.ts";
import type { Input } from "./input.ts";

/** `max_results`. */
export function limitOf(input: Input, bounds: { least: number; most: number; usual: number }): number {
  const limit = input.optionalInteger("max_results") ?? bounds.usual;
  if (limit >= bounds.least && limit <= bounds.most) return limit;
  throw invalidParameter(
    `Invalid value ${limit} for parameter 'max_results' supplied: It must be at least ${bounds.least} and at most ${bounds.most}.`,
  );
}

/** Pages of a search that knows the position after each. A token holds for the search that is asked for and no other. */
export async function pagesOf<T>(
  input: Input,
  bounds: { least: number; most: number; usual: number },
  asked: unknown,
  find: (page: PageWanted) => Promise<{ items: T[]; next?: Position }>,
): Promise<{ items: T[]; next?: string }> {
  const after = positionOf(asked, input.optionalText("page_token"));
  const { items, next } = await find({ limit: limitOf(input, bounds), after });
  return { items, next: next && pageToken(asked, next) };
}
