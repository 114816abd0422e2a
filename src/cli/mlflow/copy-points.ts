import type { Series } from "../../contract/import.ts";
import { PointsSum } from "../../contract/import-summary.ts";
import type { SourceRun } from "./source.ts";
import type { Import } from "./target.ts";

const pointsAtOnce = 20_000;

/** Copies whole histories; the next part is read while the one before it is written. */
export async function copyPoints(task: Import, runs: SourceRun[]): Promise<Map<string, PointsSum>> {
  const sums = new Map<string, PointsSum>();
  const sender = createSender(task);
  for (const run of runs) {
    const sum = new PointsSum();
    sums.set(run.id, sum);
    for await (const { key, timestamp, step, value } of task.source.points(run)) {
      if (!Number.isSafeInteger(timestamp) || !Number.isSafeInteger(step)) {
        task.complain(
          `run/${run.id}`,
          `a point of ${key} has the time ${timestamp} and the step ${step}, which cannot be kept`,
        );
        continue;
      }
      sum.add(key, timestamp, step, value);
      await sender.add(run.id, key, timestamp, step, value);
    }
  }
  await sender.finish();
  return sums;
}

function createSender(task: Import) {
  let series: Series[] = [];
  let current: Series | undefined;
  let count = 0;
  let sending: Promise<unknown> = Promise.resolve();
  const send = async () => {
    await sending;
    task.progress.points += count;
    const body = { series };
    if (!task.dryRun && count > 0) {
      sending = task.client.import.points({ params: task.params, body });
      // Whoever waits for it next gets the error.
      sending.catch(() => {});
    }
    series = [];
    current = undefined;
    count = 0;
  };
  return {
    async add(runId: string, key: string, timestamp: number, step: number, value: number) {
      if (current?.runId !== runId || current.key !== key) {
        current = { runId, key, timestamps: [], steps: [], values: [] };
        series.push(current);
      }
      current.timestamps.push(timestamp);
      current.steps.push(step);
      current.values.push(Number.isNaN(value) ? "NaN" : value);
      count += 1;
      if (count >= pointsAtOnce) await send();
    },
    async finish() {
      await send();
      await sending;
    },
  };
}
