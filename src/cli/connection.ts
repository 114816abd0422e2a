import { type Client, createClient } from "../contract/client.ts";
import { Problem } from "../contract/errors.ts";
import { readConfig } from "../platform/config.ts";
import { readCredentials } from "../server/home.ts";

export interface GlobalOptions {
  home?: string;
  url?: string;
  token?: string;
  workspace: string;
  output: "table" | "json" | "yaml";
}

export interface Connection {
  client: Client;
  url: string;
  workspace: string;
  /** Path parameters that nearly every operation takes. */
  params: { workspace: string };
}

/** Finds the server: flags, then TRAINYARD_URL and TRAINYARD_TOKEN, then the credentials in the home folder. */
export function connect(options: GlobalOptions): Connection {
  const { home } = readConfig({ home: options.home });
  const stored = readCredentials(home);
  const url = options.url ?? process.env.TRAINYARD_URL ?? stored?.url;
  const token = options.token ?? process.env.TRAINYARD_TOKEN ?? stored?.token;
  if (!url || !token) {
    throw new Problem("unavailable", `There is no server for ${home} yet.`, {
      hint: "Start one with `trainyard up`, or name one with --url and --token (TRAINYARD_URL, TRAINYARD_TOKEN).",
    });
  }
  const baseUrl = url.replace(/\/$/, "");
  const client = createClient({ baseUrl, token });
  return { client, url: baseUrl, workspace: options.workspace, params: { workspace: options.workspace } };
}
