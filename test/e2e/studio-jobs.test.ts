// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definition, step } from "../../src/features/job/job.fixture.ts";
import { sleep } from "../../src/platform/clock.ts";
import { createServerProcess, type ServerProcess } from "../support/server-process.ts";

const workspace = "default";
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A step's own way to log a metric, without Python. */
const train = `const [rate, out] = process.argv.slice(2);
const loss = Math.abs(Number(rate) - 3);
await fetch(\`\${process.env.MLFLOW_TRACKING_URI}/api/2.0/mlflow/runs/log-metric\`, {
  method: "POST",
  headers: { authorization: \`Bearer \${process.env.MLFLOW_TRACKING_TOKEN}\`, "content-type": "application/json" },
  body: JSON.stringify({ run_id: process.env.MLFLOW_RUN_ID, key: "loss", value: loss, timestamp: Date.now(), step: 0 }),
});
(await import("node:fs")).writeFileSync(\`\${out}/model.txt\`, rate);`;

describe("jobs of many, pipelines and schedules in a browser", () => {
  const folder = mkdtempSync(join(tmpdir(), "trainyard-studio-jobs-"));
  const complaints: string[] = [];
  let server: ServerProcess;
  let context: BrowserContext;
  let page: Page;
  let jobId: string;

  beforeAll(async () => {
    server = await createServerProcess(join(folder, "home"));
    await server.start();
    const client = server.client();
    const outputs = { model: { type: "uri_folder" as const } };
    const region = { type: "string" as const, binding: { from: "input" as const, input: "region" } };
    const steps = {
      tune: {
        ...{ type: "sweep" as const, outputs },
        trial: step(
          `cat > train.mjs <<'END'\n${train}\nEND\nnode train.mjs \${{search_space.rate}} \${{outputs.model}}`,
          { outputs },
        ),
        searchSpace: { rate: { type: "choice" as const, values: [1, 2, 3, 4] } },
        objective: { goal: "minimize" as const, primaryMetric: "loss" },
        sampling: { type: "grid" as const },
      },
      each: {
        ...{ type: "foreach" as const, after: ["tune"], item: "region", items: ["north", "south"], outputs },
        body: {
          inputs: { region: { type: "string" as const, binding: null } },
          outputs: { model: { step: "fit", output: "model" } },
          steps: { fit: step("echo ${{inputs.region}} > ${{outputs.model}}/r.txt", { outputs, inputs: { region } }) },
        },
      },
    };
    const job = definition(steps, { displayName: "Tune and fit", experiment: "tuning" });
    jobId = (await client.job.create({ params: { workspace }, body: { definition: job } })).id;
    const say = step("echo ${{inputs.who}}", {
      inputs: { who: { type: "string", binding: { from: "input", input: "who" } } },
    });
    const who = { type: "string" as const, binding: { from: "literal" as const, value: "you" } };
    const greeting = definition({ say }, { displayName: "Greeting", inputs: { who } });
    await client.pipeline.publish({ params: { workspace }, body: { name: "greet", definition: greeting } });
    for (let state = "queued"; state !== "succeeded"; await sleep(200)) {
      state = (await client.job.get({ params: { workspace, id: jobId } })).state;
      if (state === "failed" || state === "cancelled") throw new Error(`the job has ${state}`);
    }
    context = await chromium.launchPersistentContext(mkdtempSync(join(folder, "browser-")), {
      executablePath: "/usr/bin/chromium",
      headless: true,
      args: flags,
      viewport: { width: 1440, height: 900 },
    });
    page = context.pages()[0] ?? (await context.newPage());
    page.setDefaultTimeout(30_000);
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto((await client.access.createSignInLink()).url);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
  }, 240_000);

  afterAll(async () => {
    await context?.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = (path: string) => page.goto(`${server.url}${path}`);

  it("shows the trials of a sweep, the best of them, and how they compare", async () => {
    await open(`/jobs/${jobId}?step=tune`);
    const trials = page.getByRole("table", { name: "Trials" });
    await trials.waitFor();
    expect(await trials.getByRole("row").count()).toBe(5);
    await page.getByRole("img", { name: "loss of each trial, and the best so far" }).waitFor();
    await page.getByRole("img", { name: "Parameters and metric of each trial as a line" }).waitFor();
    await trials.getByRole("link", { name: "2", exact: true }).click();
    await page.waitForURL((url) => url.pathname !== `/jobs/${jobId}`);
    await page.getByRole("heading", { name: /tune\/2$/ }).waitFor();
    expect(complaints).toEqual([]);
  });

  it("shows the items of a loop", async () => {
    await open(`/jobs/${jobId}?step=each`);
    const items = page.getByRole("table", { name: "Items" });
    await items.getByText("south").waitFor();
    expect(await items.getByRole("row").count()).toBe(3);
    expect(complaints).toEqual([]);
  });

  it("starts a published pipeline with another value", async () => {
    await open("/pipelines");
    await page.getByRole("link", { name: "greet" }).click();
    await page.getByRole("button", { name: "Start…" }).click();
    await page.getByRole("dialog").getByLabel("who").fill("everybody");
    await page.getByRole("dialog").getByRole("button", { name: "Start" }).click();
    await page.waitForURL(/\/jobs\//);
    const id = new URL(page.url()).pathname.split("/").at(-1)!;
    const started = await server.client().job.get({ params: { workspace, id } });
    expect(started.definition.inputs.who!.binding).toEqual({ from: "literal", value: "everybody" });
    expect(complaints).toEqual([]);
  });

  it("makes a schedule, refuses what is no cron expression, and starts it now", async () => {
    await open("/pipelines/greet");
    await page.getByRole("button", { name: "New schedule…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("nightly");
    await dialog.getByLabel("Cron expression").fill("30 2 * *");
    await dialog.getByText(/not five fields/).waitFor();
    complaints.length = 0;
    expect(await dialog.getByRole("button", { name: "Create" }).isDisabled()).toBe(true);
    await dialog.getByLabel("Cron expression").fill("30 2 * * *");
    await dialog.getByText(/^Next:/).waitFor();
    await dialog.getByRole("button", { name: "Create" }).click();
    await page.getByRole("heading", { name: "nightly" }).waitFor();
    await page.getByRole("button", { name: "Start now" }).click();
    await page.getByRole("table", { name: "Firings" }).getByText("started").waitFor();
    expect(complaints).toEqual([]);
  });
});
