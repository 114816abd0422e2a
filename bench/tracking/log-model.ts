import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Target } from "./servers.ts";

const script = fileURLToPath(new URL("log_model.py", import.meta.url));

export interface LogModelResult {
  /** Milliseconds, the median: all of the call, and what of it was waiting for the server. */
  total: number;
  server: number;
  requests: number;
}

/** `mlflow.sklearn.log_model` with registration, by the unmodified client. */
export async function measureLogModel(target: Target, python: string, times = 5): Promise<LogModelResult> {
  const token = target.headers.authorization?.replace("Bearer ", "");
  const { stdout } = await promisify(execFile)(python, [script, String(times)], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      MLFLOW_TRACKING_URI: target.url,
      ...(token ? { MLFLOW_TRACKING_TOKEN: token } : {}),
      MLFLOW_DISABLE_TELEMETRY: "true",
      MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: "false",
      GIT_PYTHON_REFRESH: "quiet",
    },
  });
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}
