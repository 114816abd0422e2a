import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createWorkspace } from "../../src/features/workspace/index.ts";
import type { Config } from "../../src/platform/config.ts";
import { createTestApp, type TestApp } from "../support/app.ts";
import { listenRaw, type RawAnswer, type RawRequest, type Send } from "../support/raw-http.ts";

export const api = "/api/2.0/mlflow";
export const files = "/api/2.0/mlflow-artifacts/artifacts";

/** A server with a run that has a file, as an attacker with an account finds it. */
export interface Target {
  app: TestApp;
  /** As somebody who may write runs and models. */
  send: Send;
  /** As nobody, or with a credential of one's own. */
  raw: Send;
  experiment: string;
  run: string;
  /** Names of all files below the home folder, blobs apart. */
  homeFiles(): Promise<string[]>;
  call(method: string, path: string, json?: unknown): Promise<Record<string, never> & { status: number; body: string }>;
}

export async function openTarget(
  database: "sqlite" | "postgres",
  options: { loops?: boolean; config?: Partial<Config> } = {},
): Promise<Target> {
  const app = await createTestApp({ database, ...options });
  await createWorkspace(app.ctx, { name: "other", description: "" });
  const raw = await listenRaw(app);
  const token = await app.tokenOf("data-scientist");
  const send = (path: string, options: RawRequest = {}): Promise<RawAnswer> => raw(path, { token, ...options });
  const post = async (path: string, json: unknown) => JSON.parse((await send(path, { method: "POST", json })).body);
  const { experiment_id: experiment } = await post(`${api}/experiments/create`, { name: "mine" });
  const created = await post(`${api}/runs/create`, { experiment_id: experiment, start_time: 1 });
  const run = created.run.info.run_id as string;
  await send(`${files}/${experiment}/${run}/artifacts/kept.txt`, { method: "PUT", body: "kept" });
  return {
    ...{ app, send, raw, experiment, run },
    async homeFiles() {
      const names = await readdir(app.ctx.config.home, { recursive: true });
      return names.filter((name) => !name.startsWith(join("blobs", "")) && !name.includes(".db")).sort();
    },
    async call(method, path, json) {
      const answer = await send(path, { method, ...(json === undefined ? {} : { json }) });
      return { ...JSON.parse(answer.body || "{}"), status: answer.status, body: answer.body };
    },
  };
}

/** What answers a path that leads nowhere: never the content of anything, never a fault of the server. */
export const refusals = [400, 401, 403, 404, 405, 414, 501];
