import { type Position, pageToken, positionOf } from "../../features/search/index.ts";
import { invalidParameter } from "./error.ts";
import type { Input } from "./input.ts";

export interface Page {
  limit: number;
  offset: number;
}

const tokenOf = (offset: number): string => Buffer.from(JSON.stringify({ offset })).toString("base64");

export function offsetOf(token: string | undefined): number {
  if (!token) return 0;
  const text = Buffer.from(token, "base64").toString();
  const match = /^\{"offset":\s?([1-9]\d{0,14})\}$/.exec(text);
  if (match) return Number(match[1]);
  throw invalidParameter(
    "Invalid page token, could not be parsed as a page of this search. Ask for the first page again.",
  );
}

/** `max_results`. */
export function limitOf(input: Input, bounds: { least: number; most: number; usual: number }): number {
  const limit = input.optionalInteger("max_results") ?? bounds.usual;
  if (limit >= bounds.least && limit <= bounds.most) return limit;
  throw invalidParameter(
    `Invalid value ${limit} for parameter 'max_results' supplied: It must be at least ${bounds.least} and at most ${bounds.most}.`,
  );
}

/** `max_results` and `page_token`. */
export const pageOf = (input: Input, bounds: { least: number; most: number; usual: number }): Page => ({
  limit: limitOf(input, bounds),
  offset: offsetOf(input.optionalText("page_token")),
});

/** Pages of a search that knows the position after each. A token holds for the search that is asked for and no other. */
export async function pagesOf<T>(
  input: Input,
  bounds: { least: number; most: number; usual: number },
  asked: unknown,
  find: (page: { limit: number; after?: Position }) => Promise<{ items: T[]; next?: Position }>,
): Promise<{ items: T[]; next?: string }> {
  const after = positionOf(asked, input.optionalText("page_token"));
  const { items, next } = await find({ limit: limitOf(input, bounds), after });
  return { items, next: next && pageToken(asked, next) };
}

/** Finds one more than asked for, to know whether there is a next page. */
export async function paged<T>(page: Page, find: (page: Page) => Promise<T[]>): Promise<{ items: T[]; next?: string }> {
  const found = await find({ limit: page.limit + 1, offset: page.offset });
  const items = found.slice(0, page.limit);
  return { items, next: found.length > page.limit ? tokenOf(page.offset + page.limit) : undefined };
}
