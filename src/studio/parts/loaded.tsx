import { Skeleton } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ProblemBox } from "./problem.tsx";

/** The result of a query, or its error, or grey lines while it is on its way. */
export function Loaded<T>({
  query,
  children,
  lines = 4,
}: {
  query: Pick<UseQueryResult<T, Error>, "data" | "error">;
  children: (data: T) => ReactNode;
  lines?: number;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ProblemBox error={query.error} />;
  return (
    <div role="status" aria-label="Loading" className="ty-loading">
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: grey lines
        <Skeleton key={index} height={14} width={`${92 - ((index * 17) % 40)}%`} />
      ))}
    </div>
  );
}
