import { Unsuccessful } from "../failure.ts";
import { runMonitor } from "../nouns/monitor.ts";
import { until } from "./patient.ts";
import { sendRows } from "./requests.ts";
import { parseRows, readStored } from "./rows.ts";
import {
  asset,
  checkedVersion,
  model,
  monitorName,
  productionEndpoint,
  registeredOf,
  reusedOf,
  runJob,
  type Story,
  servingEndpoint,
  waitForJob,
} from "./story.ts";

/** The world changes: production is asked other things, the monitor says so, and a better model is made of it. */
export async function drift(story: Story): Promise<void> {
  const { connection, progress } = story;
  const { client, params } = connection;
  await progress.step("The world changes", (tell) => sendShifted(story, tell));

  let jobId: string | null = null;
  await progress.step("Monitor", async () => {
    const run = await runMonitor(connection, monitorName, `demo/${Date.now()}`);
    if (run.verdict !== "fail") throw new Unsuccessful(`The monitor saw no drift: ${run.verdict}, ${run.message}`);
    jobId = run.retrainingJobId;
    return run.message;
  });
  await progress.step("Retraining", async (tell) => {
    if (!jobId) return "one is under way already";
    const job = await waitForJob(connection, jobId, tell);
    const found = job.registered.find((subject) => subject.startsWith("model/"));
    if (!found) return `the champion is still the best: nothing to release; ${reusedOf(job)}`;
    const version = registeredOf(job, "model");
    const { metrics } = await client.model.getVersion({ params: { ...params, name: model, version } });
    const evaluation = job.steps.find((step) => step.name === "evaluate")?.runId;
    const compared = evaluation ? (await client.run.get({ params: { ...params, id: evaluation } })).metrics : {};
    const [rmse, champion] = [Number(metrics.rmse).toFixed(1), Number(compared.champion_rmse).toFixed(1)];
    return `${found}: rmse ${rmse}, the champion's on the same rows ${champion}; ${reusedOf(job)}`;
  });
  await progress.step("Second release", () => waitForSecondRelease(story, jobId));
}

async function sendShifted(story: Story, tell: (detail: string) => void): Promise<string> {
  const { connection } = story;
  const { client, params } = connection;
  const job = await runJob(story, "pipelines/shift-data.yml", {}, tell);
  const data = await checkedVersion(connection, registeredOf(job, "data"));
  if (data.state !== "ready") throw new Unsuccessful(`The new data was refused: ${data.findings[0]?.message}`);
  const rows = parseRows(await readStored(connection, data.digest, ".csv"));
  const at = { ...params, name: productionEndpoint };
  const endpoint = await servingEndpoint(story);
  const { primary } = await client.endpoint.keys({ params: at });
  const columns = endpoint.inputs.map((input) => input.name);
  await sendRows(endpoint.url!, primary, model, columns, rows);
  await until(async () => {
    const { collectedRows } = await client.endpoint.get({ params: at });
    return collectedRows >= endpoint.collectedRows + rows.length || undefined;
  }, "the shifted rows to be collected");
  return `data/${asset}/${data.version} has new labelled rows; production was asked for ${rows.length} of them`;
}

/** Retraining builds and releases what it made; the release stops at production, for a person. */
async function waitForSecondRelease({ connection: { client, params } }: Story, jobId: string | null): Promise<string> {
  const job = jobId ? await client.job.get({ params: { ...params, id: jobId } }) : undefined;
  if (job && !job.registered.some((subject) => subject.startsWith("model/"))) return "none: the model was not better";
  const release = await until(
    async () => {
      const { items } = await client.release.list({ params });
      const seen = items.find((item) => (job ? item.trigger === job.trigger : item.trigger.startsWith("monitor/")));
      if (seen?.state === "failed") throw new Unsuccessful(`Release ${seen.number} failed.`);
      return seen && seen.state !== "running" ? seen : undefined;
    },
    "the second release to wait for its approval",
    300,
  );
  return release.state === "waiting"
    ? `release ${release.number} waits for your approval for PRD`
    : `release ${release.number} is ${release.state}`;
}
