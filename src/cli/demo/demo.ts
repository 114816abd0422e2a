import Table from "cli-table3";
import pc from "picocolors";
import { readConfig } from "../../platform/config.ts";
import { examine } from "../doctor.ts";
import { Unsuccessful } from "../failure.ts";
import { stopServer } from "../nouns/server.ts";
import { borderless, print } from "../output.ts";
import { deliver } from "./deliver.ts";
import { drift } from "./drift.ts";
import { patientConnection } from "./patient.ts";
import { createProgress, type Progress } from "./progress.ts";
import { ensureServer } from "./server.ts";
import { model, prepareData, registeredOf, reusedOf, runJob, setUpDelivery } from "./story.ts";

/** The whole story on real data, through the public API. The server stays up, unless `exit`. */
export async function runDemo(options: { home?: string; exit: boolean }): Promise<void> {
  const { home } = readConfig({ home: options.home });
  const python = (await examine(home)).find((finding) => finding.what === "Python");
  if (python?.verdict !== "good") {
    throw new Unsuccessful(
      `The demo trains a model with Python, and this machine has ${python?.found}. ${python?.advice}`,
    );
  }
  const progress = createProgress();
  try {
    await tellStory(home, progress);
    summarise(progress);
    if (!options.exit) await sayWhereToGo(home);
  } finally {
    if (options.exit) await stopServer(home);
  }
}

async function tellStory(home: string, progress: Progress): Promise<void> {
  await progress.step("Server", async () => {
    const { url, started } = await ensureServer(home);
    return `${started ? "started" : "runs already"} at ${url}, home ${home}`;
  });
  const story = { connection: patientConnection(home), progress };
  const { client, params } = story.connection;
  await progress.step("Data", (tell) => prepareData(story, tell));

  let version = "";
  await progress.step("Training", async (tell) => {
    const job = await runJob(story, "pipelines/train.yml", { "inputs.data.path": "azureml:diabetes:1" }, tell);
    version = registeredOf(job, "model");
    const found = await client.model.getVersion({ params: { ...params, name: model, version } });
    const { rmse, onnx_max_difference: difference } = found.metrics;
    return `model/${model}/${version}: rmse ${Number(rmse).toFixed(1)}, ONNX differs by at most ${Number(difference).toExponential(1)}; ${reusedOf(job)}`;
  });
  await progress.step("Stages and monitor", () => setUpDelivery(story));
  await deliver(home, story, version);
  await drift(story);
}

function summarise(progress: Progress): void {
  const table = new Table({
    head: ["WHAT", "WHAT CAME OF IT", "TOOK"].map((title) => pc.bold(title)),
    style: { head: [], border: [], compact: true },
    chars: borderless,
    colWidths: [20, 96, 10],
    wordWrap: true,
  });
  for (const { title, outcome, ms } of progress.chapters) table.push([title, outcome, `${(ms / 1000).toFixed(1)} s`]);
  const total = progress.chapters.reduce((sum, chapter) => sum + chapter.ms, 0);
  table.push([pc.bold("together"), "", pc.bold(`${(total / 1000).toFixed(1)} s`)]);
  print(`\n${table.toString()}`);
}

async function sayWhereToGo(home: string): Promise<void> {
  const { client, url } = patientConnection(home);
  const link = await client.access.createSignInLink();
  print(`\nStudio      ${pc.cyan(link.url)}  ${pc.dim("(signs you in, once)")}`);
  print(`API         ${url}/api/v1`);
  print(
    `Tracking    export MLFLOW_TRACKING_URI=${url} MLFLOW_TRACKING_TOKEN=$(node -p 'require("${home}/credentials.json").token')`,
  );
  print(`Next        approve the waiting release in Studio, or: trainyard release list --home ${home}`);
  print(pc.dim(`The server goes on running. Stop it with: trainyard down --home ${home}`));
}
