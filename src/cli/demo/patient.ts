import { createClient } from "../../contract/client.ts";
import { Problem } from "../../contract/errors.ts";
import { sleep } from "../../platform/clock.ts";
import { readCredentials } from "../../server/home.ts";
import type { Connection } from "../connection.ts";

const patienceMs = 120_000;

/**
 * A connection that outlives the server: a call that finds nobody is made again, at the address that the next server
 * leaves. Only for calls that may be repeated, which the story's are: they read, they replace, or they carry a key.
 */
export function patientConnection(home: string, token?: string): Connection {
  const workspace = "default";
  const patientFetch: typeof globalThis.fetch = async (input, init) => {
    const until = Date.now() + patienceMs;
    for (;;) {
      try {
        const { pathname, search } = new URL(String(input));
        return await fetch(`${readCredentials(home)!.url}${pathname}${search}`, init);
      } catch (error) {
        if (!(error instanceof TypeError) || Date.now() > until) throw error;
        await sleep(200);
      }
    }
  };
  const { url, token: ownToken } = readCredentials(home)!;
  const client = createClient({ baseUrl: url, token: token ?? ownToken, fetch: patientFetch });
  return { client, url, workspace, params: { workspace } };
}

/** Undefined instead of `not_found`. */
export const ifThere = async <T>(promise: Promise<T>): Promise<T | undefined> => {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof Problem && error.code === "not_found") return undefined;
    throw error;
  }
};

/** Looks until there is something to see. */
export async function until<T>(look: () => Promise<T | undefined>, what: string, seconds = 180): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > end) throw new Error(`Waited ${seconds} s for ${what}, and nothing came.`);
    await sleep(200);
  }
}
