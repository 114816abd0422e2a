import { Connection, type LoadResult, load, type Shot } from "../load.ts";
import type { Target } from "./servers.ts";

const api = "/api/2.0/mlflow";

export const writeOperations = ["log_metric", "log_batch 10", "log_batch 500", "log_batch 1000", "create_run"] as const;
export type WriteOperation = (typeof writeOperations)[number];
export const clientCounts = [1, 8, 64];

export interface WriteResult extends LoadResult {
  operation: WriteOperation;
  clients: number;
}

/** Each client logs to a run of its own. Steps go up, so that no point is dropped as one that is there. */
export async function measureWrites(target: Target, options: { seconds: number }): Promise<WriteResult[]> {
  const results: WriteResult[] = [];
  const { experiment, runs } = await prepare(target);
  let step = 0;
  const point = (key: string) => ({ key, value: Math.random(), timestamp: 1_700_000_000_000 + step, step: step++ });
  const batch =
    (size: number) =>
    (client: number): Shot => ({
      method: "POST",
      path: `${api}/runs/log-batch`,
      body: {
        run_id: runs[client],
        metrics: Array.from({ length: size }, (_, index) => point(`metric-${index % 20}`)),
      },
    });
  const shots: Record<WriteOperation, (client: number) => Shot> = {
    log_metric: (client) => ({
      method: "POST",
      path: `${api}/runs/log-metric`,
      body: { run_id: runs[client], ...point("loss") },
    }),
    "log_batch 10": batch(10),
    "log_batch 500": batch(500),
    "log_batch 1000": batch(1000),
    create_run: () => ({
      method: "POST",
      path: `${api}/runs/create`,
      body: {
        experiment_id: experiment,
        start_time: Date.now(),
        run_name: "bench",
        tags: [
          { key: "mlflow.user", value: "ada" },
          { key: "mlflow.source.name", value: "train.py" },
        ],
      },
    }),
  };
  for (const operation of writeOperations) {
    for (const clients of clientCounts) {
      const result = await load(target, { clients, ...options }, shots[operation]);
      results.push({ operation, clients, ...result });
      const { perSecond, p50, p99, errors } = result;
      console.log(
        `  ${operation.padEnd(14)} ${String(clients).padStart(2)} clients ${perSecond.toFixed(0).padStart(7)}/s  p50 ${p50.toFixed(1)} ms  p99 ${p99.toFixed(1)} ms${errors ? `  ${errors} errors` : ""}`,
      );
    }
  }
  return results;
}

async function prepare(target: Target): Promise<{ experiment: string; runs: string[] }> {
  const connection = new Connection(target);
  const post = async (path: string, body: object) => {
    const answer = await connection.send({ method: "POST", path: api + path, body });
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.body}`);
    return JSON.parse(answer.body);
  };
  const { experiment_id } = await post("/experiments/create", { name: `writes ${Date.now()}` });
  const runs: string[] = [];
  while (runs.length < Math.max(...clientCounts)) {
    const { run } = await post("/runs/create", { experiment_id, start_time: Date.now() });
    runs.push(run.info.run_id);
  }
  connection.close();
  return { experiment: experiment_id, runs };
}
