import "./jitless.ts";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { type Client, createClient } from "../contract/client.ts";
import type { Problem } from "../contract/errors.ts";
import type { Permission } from "../contract/permissions.ts";
import { useMe } from "./me.ts";

/** The API, with the browser session's cookie. */
export const client = createClient({
  baseUrl: "",
  fetch: (input, init) => fetch(input, { ...init, credentials: "same-origin" }),
});

type Verb<N extends keyof Client> = keyof Client[N] & string;
type Input<F> = F extends (input: infer I, ...rest: never[]) => unknown ? I : never;
type Output<F> = F extends (...args: never[]) => Promise<infer R> ? R : never;
type AnyCall = (input: unknown, options?: { signal: AbortSignal }) => Promise<unknown>;

const callOf = (noun: string, verb: string): AnyCall =>
  (client as unknown as Record<string, Record<string, AnyCall>>)[noun]![verb]!;

/** One read of the API as a query. Its key starts with the noun, by which changes invalidate it. */
export function query<N extends keyof Client, V extends Verb<N>>(noun: N, verb: V, input?: Input<Client[N][V]>) {
  return queryOptions<Output<Client[N][V]>, Problem>({
    queryKey: [noun, verb, input],
    queryFn: ({ signal }) => callOf(noun, verb)(input, { signal }) as Promise<Output<Client[N][V]>>,
  });
}

/** One change of the API as a mutation; what belongs to its noun is read again afterwards. */
export function useAction<N extends keyof Client, V extends Verb<N>>(noun: N, verb: V) {
  const queries = useQueryClient();
  return useMutation<Output<Client[N][V]>, Problem, Input<Client[N][V]>>({
    mutationFn: (input) => callOf(noun, verb)(input) as Promise<Output<Client[N][V]>>,
    onSettled: (_, error, input) => {
      const isThere = ({ queryKey }: { queryKey: readonly unknown[] }): boolean =>
        error !== null || verb !== "delete" || paramsOf(queryKey[2]) !== paramsOf(input);
      for (const name of affectedBy(noun)) void queries.invalidateQueries({ queryKey: [name], predicate: isThere });
    },
  });
}

/** What a call is about: what was deleted is not asked for again while its page closes. */
const paramsOf = (input: unknown): string => JSON.stringify((input as { params?: unknown } | undefined)?.params);

/** What may look different after something of a noun has changed. */
const alsoAffected: Record<string, string[]> = {
  job: ["run", "model", "data"],
  release: ["stage", "endpoint", "model"],
  stage: ["release"],
  endpoint: ["model", "stage"],
  deployment: ["endpoint", "model"],
  monitor: ["job"],
  experiment: ["run"],
  run: ["experiment"],
  user: ["access"],
};

export const affectedBy = (noun: string): string[] => [noun, ...(alsoAffected[noun] ?? [])];

/** The workspace of the page: `?workspace=`, or `default`. */
export function useWorkspace(): string {
  return useSearch({ strict: false }).workspace ?? "default";
}

/** May the signed-in person do this in this workspace? Unknown counts as yes: the server decides. */
export function useCan(permission: Permission): boolean {
  const me = useMe();
  return me ? me.permissions.includes(permission) : true;
}
