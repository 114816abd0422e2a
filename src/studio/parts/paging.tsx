import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Problem } from "../../contract/errors.ts";
import { plural } from "./number.ts";

interface PageOf<T> {
  items: T[];
  next?: string | undefined;
}

/** A list that comes in pages; asks for more when told to. Polls its pages while something moves, or while told to. */
export function usePages<T>(
  key: readonly [noun: string, ...rest: unknown[]],
  read: (after: string | undefined, signal: AbortSignal) => Promise<PageOf<T>>,
  moving?: boolean | ((row: T) => boolean),
) {
  const moves = (rows: T[]) => (typeof moving === "function" ? rows.some(moving) : moving === true);
  return useInfiniteQuery<PageOf<T>, Problem, T[], readonly unknown[], string | undefined>({
    queryKey: [...key, "pages"],
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined,
    getNextPageParam: (last) => last.next,
    select: (data) => data.pages.flatMap((page) => page.items),
    refetchInterval: ({ state }) => (state.data?.pages.some(({ items }) => moves(items)) ? 3000 : 30_000),
  });
}

export function More({ list }: { list: MoreOf }) {
  return (
    <div className="ty-more">
      <span className="ty-dim">{plural(list.data?.length ?? 0, "row")} shown</span>
      {list.hasNextPage && (
        <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show more
        </Button>
      )}
    </div>
  );
}

interface MoreOf {
  data: readonly unknown[] | undefined;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
}
