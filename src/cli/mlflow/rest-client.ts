import { Problem } from "../../contract/errors.ts";
import { sleep } from "../../platform/clock.ts";

export type Json = Record<string, unknown>;

export interface RestClient {
  address: string;
  get(path: string, query?: Record<string, string | number | undefined>): Promise<Json>;
  post(path: string, body: Json): Promise<Json>;
  /** The body as it comes. */
  stream(path: string, query?: Record<string, string>): Promise<AsyncIterable<Uint8Array>>;
}

/** What the source says when something is not there, which is no reason to stop. */
export class NotThere extends Error {}

const attempts = 5;

/** Speaks to a tracking server as the `mlflow` client does, with the same variables for the credential. */
export function createRestClient(uri: string, workspace: string | undefined): RestClient {
  const url = new URL(uri);
  const headers = headersOf(url, workspace);
  const address = url.href.replace(/\/+$/, "");
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await fetch(address + path, { ...init, headers: { ...headers, ...(init.headers as object) } });
        if (response.ok) return response;
        const mayRepeat = response.status >= 500 || response.status === 429;
        if (!mayRepeat || attempt === attempts) throw await failureOf(response, address + path);
        await response.body?.cancel();
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        if (attempt === attempts) {
          throw new Problem("unavailable", `${address} does not answer.`, {
            hint: "Check the address given with --from, and that the server runs.",
            cause: error,
          });
        }
      }
      await sleep(100 * 2 ** attempt);
    }
  };
  const json = async (path: string, init: RequestInit): Promise<Json> => {
    const response = await send(path, init);
    const text = await response.text();
    try {
      return JSON.parse(text) as Json;
    } catch {
      throw new Problem("invalid", `${address} is not an MLflow server: ${path} answers "${text.slice(0, 60)}".`, {
        hint: "Give the address that MLFLOW_TRACKING_URI would have.",
      });
    }
  };
  return {
    address,
    get: (path, query = {}) => json(`/api/2.0/mlflow${path}${queryOf(query)}`, {}),
    post: (path, body) =>
      json(`/api/2.0/mlflow${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    async stream(path, query = {}) {
      const response = await send(path + queryOf(query), {});
      return response.body as unknown as AsyncIterable<Uint8Array>;
    },
  };
}

function queryOf(query: Record<string, string | number | undefined>): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined);
  return entries.length === 0
    ? ""
    : `?${new URLSearchParams(entries.map(([key, value]): [string, string] => [key, String(value)]))}`;
}

function headersOf(url: URL, workspace: string | undefined): Record<string, string> {
  const { MLFLOW_TRACKING_TOKEN: token, MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD } = process.env;
  const user = decodeURIComponent(url.username) || MLFLOW_TRACKING_USERNAME;
  const password = decodeURIComponent(url.password) || MLFLOW_TRACKING_PASSWORD;
  url.username = "";
  url.password = "";
  const headers: Record<string, string> = {};
  if (user || password)
    headers.authorization = `Basic ${Buffer.from(`${user ?? ""}:${password ?? ""}`).toString("base64")}`;
  else if (token) headers.authorization = `Bearer ${token}`;
  if (workspace) headers["x-mlflow-workspace"] = workspace;
  return headers;
}

async function failureOf(response: Response, url: string): Promise<Error> {
  const text = (await response.text()).slice(0, 300);
  if (response.status === 401 || response.status === 403) {
    return new Problem("forbidden", `${url} answers ${response.status}: the source refuses the credential.`, {
      hint: "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.",
    });
  }
  const message = /"message":\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text;
  if (response.status < 500) return new NotThere(`${response.status}: ${message}`);
  return new Problem("unavailable", `${url} answers ${response.status}: ${message}`, {
    hint: "Look at the log of the source.",
  });
}
