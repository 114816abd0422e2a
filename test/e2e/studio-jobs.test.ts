// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client } from "../../src/contract/client.ts";
import { definition, step } from "../../src/features/job/job.fixture.ts";
import { sleep } from "../../src/platform/clock.ts";
import { barriers, lookAt } from "../support/look.ts";
import { openStudio, type Studio, type Visitor } from "../support/studio.ts";

const workspace = "default";
const data = { type: "data" as const, name: "rows" };

/** A step's own way to log a metric, without Python. */
const train = `const [rate, out] = process.argv.slice(2);
const loss = Math.abs(Number(rate) - 3);
await fetch(\`\${process.env.MLFLOW_TRACKING_URI}/api/2.0/mlflow/runs/log-metric\`, {
  method: "POST",
  headers: { authorization: \`Bearer \${process.env.MLFLOW_TRACKING_TOKEN}\`, "content-type": "application/json" },
  body: JSON.stringify({ run_id: process.env.MLFLOW_RUN_ID, key: "loss", value: loss, timestamp: Date.now(), step: 0 }),
});
(await import("node:fs")).writeFileSync(\`\${out}/model.txt\`, rate);`;

/** A table, an image, a value, and a file that a browser would run. */
const makeFiles = `mkdir \${{outputs.report}}/plots
echo 'region,error
north,0.25' > \${{outputs.report}}/errors.csv
echo "<script>document.title = 'run'</script>" > \${{outputs.report}}/page.html
echo 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==' |
  base64 -d > \${{outputs.report}}/plots/dot.png
echo 0.25 > \${{outputs.share}}`;

/** For how long each time the page did not answer, in milliseconds. */
const noteStalls = `stalls = [];
new PerformanceObserver((list) => stalls.push(...list.getEntries().map(({ duration }) => duration)))
  .observe({ type: "longtask", buffered: true });`;

describe("jobs of many, pipelines and schedules in a browser", () => {
  let studio: Studio;
  let client: Client;
  let page: Page;
  let complaints: string[];
  let open: Visitor["open"];
  let jobId: string;

  beforeAll(async () => {
    studio = await openStudio();
    client = studio.server.client();
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
    ({ page, complaints, open } = await studio.signIn());
  }, 240_000);

  afterAll(() => studio.close());

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

  it("opens a step by its box in the graph, and closes it again", async () => {
    await open(`/jobs/${jobId}`);
    const box = (name: string) =>
      page.locator(".react-flow__node").getByRole("button", { name: new RegExp(`^${name}`) });
    await box("each").click();
    await page.getByRole("heading", { name: "each", level: 2 }).waitFor();
    expect(new URL(page.url()).searchParams.get("step")).toBe("each");
    await box("tune").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "tune", level: 2 }).waitFor();
    await page.getByRole("button", { name: "Close the step" }).click();
    await page.getByRole("table", { name: "Steps" }).waitFor();
    expect(await box("tune").getAttribute("aria-pressed")).toBe("false");
    expect(complaints).toEqual([]);
  });

  it("opens the step of a job of one step at once, and runs it again as it was", async () => {
    const only = definition({ hello: step("echo hello") }, { displayName: "One step" });
    const { id } = await client.job.create({ params: { workspace }, body: { definition: only } });
    await open(`/jobs/${id}`);
    await page.getByRole("log").getByText("hello").waitFor();
    await page.getByText("succeeded").first().waitFor();
    await page.locator(".ty-page-head").getByRole("button", { name: "Run again" }).click();
    await page.getByRole("menuitem", { name: /^Run again/ }).click();
    await page.waitForURL((url) => url.pathname.startsWith("/jobs/") && !url.pathname.endsWith(id));
    await page.getByRole("tab", { name: "Reuse" }).click();
    await page.getByText("The result of an earlier job was reused").waitFor();
    expect(complaints).toEqual([]);
  });

  it("deletes a job when it is confirmed, and restores it", async () => {
    const doomed = definition({ hello: step("echo goodbye") }, { displayName: "Doomed" });
    const { id } = await client.job.create({ params: { workspace }, body: { definition: doomed } });
    await open(`/jobs/${id}`);
    const more = page.getByRole("button", { name: "More about the job" });
    await more.waitFor();
    await more.press("Enter");
    await page.getByRole("menuitem", { name: "Delete…" }).press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Restore Doomed" }).waitFor();
    await open("/jobs?shelf=deleted");
    await page.getByRole("button", { name: "Restore Doomed" }).click();
    await page.getByText("No deleted jobs").waitFor();
    expect((await client.job.get({ params: { workspace, id } })).deletedAt).toBeNull();
    expect(complaints).toEqual([]);
  });

  it("changes what is said of a job, and finds it by a tag", async () => {
    const said = definition({ hello: step("echo said") }, { displayName: "Said", tags: { team: "fraud" } });
    const { id } = await client.job.create({ params: { workspace }, body: { definition: said } });
    await open(`/jobs/${id}`);
    await page.getByRole("button", { name: "Edit…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Said later");
    await dialog.getByLabel("Tags").fill("owner=ada");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByRole("link", { name: "owner=ada" }).click();
    await page.getByRole("link", { name: "Said later" }).waitFor();
    expect((await client.job.get({ params: { workspace, id } })).tags).toEqual({ owner: "ada" });
    expect(complaints).toEqual([]);
  });

  it("opens what a step made for the one who decides on it, and runs none of it", async () => {
    const made = definition(
      {
        make: step(makeFiles, { outputs: { report: { type: "uri_folder" }, share: { type: "number" } } }),
        review: {
          type: "gate",
          inputs: {
            report: { type: "uri_folder", binding: { from: "step", step: "make", output: "report" } },
            share: { type: "number", binding: { from: "step", step: "make", output: "share" } },
          },
        },
      },
      { displayName: "To decide", outputs: { report: { step: "make", output: "report" } } },
    );
    const { id } = await client.job.create({ params: { workspace }, body: { definition: made } });
    await open(`/jobs/${id}?step=review`);
    const panel = page.getByRole("complementary", { name: "Step review" });
    await panel.getByText("0.25").waitFor();
    await panel.getByRole("button", { name: /^errors\.csv/ }).click();
    await panel.getByRole("table", { name: "errors.csv" }).getByRole("cell", { name: "north" }).waitFor();
    await panel.getByRole("button", { name: /^page\.html/ }).click();
    await panel.getByText("<script>document.title = 'run'</script>").waitFor();
    expect(await page.title()).not.toBe("run");
    await panel.getByRole("link", { name: "make" }).first().click();
    const maker = page.getByRole("complementary", { name: "Step make" });
    await maker.getByRole("button", { name: /^plots\/dot\.png/ }).click();
    await maker.getByRole("img", { name: "plots/dot.png" }).waitFor();
    await maker.getByRole("button", { name: /^page\.html/ }).click();
    const wanted = page.waitForEvent("download");
    await maker.getByRole("link", { name: "Download" }).click();
    expect((await wanted).suggestedFilename()).toBe("page.html");
    expect(await barriers({ page, complaints, open })).toEqual([]);
    await maker.getByRole("button", { name: "Close the step" }).click();
    await page.getByRole("complementary", { name: "The job" }).getByText("3 files").click();
    await page.getByRole("button", { name: /^errors\.csv/ }).waitFor();
    await client.job.cancel({ params: { workspace, id }, body: {} });
    expect(complaints).toEqual([]);
  });

  it("shows the items of a loop", async () => {
    await open(`/jobs/${jobId}?step=each`);
    const items = page.getByRole("table", { name: "Items" });
    await items.getByText("south").waitFor();
    expect(await items.getByRole("row").count()).toBe(3);
    const succeeded = page.getByRole("button", { name: "2 succeeded" });
    await succeeded.click();
    await items.getByText("south").waitFor();
    expect(await succeeded.getAttribute("aria-pressed")).toBe("true");
    expect(complaints).toEqual([]);
  });

  it.each([
    ["beside each other", () => ["hold"]],
    ["in a chain", (index: number) => [index === 0 ? "hold" : `s${index - 1}`]],
  ])("draws ten thousand steps %s without a stall", async (_, after) => {
    const steps = Array.from({ length: 10_000 }, (_, index) => [`s${index}`, step("true", { after: after(index) })]);
    const many = definition({ hold: { type: "gate" }, ...Object.fromEntries(steps) }, { displayName: "Many" });
    const { id } = await client.job.create({ params: { workspace }, body: { definition: many } });
    await page.addInitScript(noteStalls);
    await open(`/jobs/${id}`);
    await page.getByRole("img", { name: /^10001 steps: / }).waitFor();
    // It is looked at again meanwhile.
    await sleep(3000);
    const stalls = await page.evaluate<number[]>("stalls");
    expect(Math.max(0, ...stalls), "the longest time without an answer to a click").toBeLessThan(2000);
    await open(`/jobs/${id}?step=s9999&tab=details`);
    await page.getByText("true", { exact: true }).waitFor();
    await client.job.cancel({ params: { workspace, id }, body: {} });
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
    const started = await client.job.get({ params: { workspace, id } });
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

  it("shows what runs on a compute, and why the rest waits", async () => {
    await client.compute.create({ body: { name: "far", kind: "local", dedicated: true } });
    const body = { definition: definition({ away: step("true", { compute: "far" }) }, { displayName: "Far away" }) };
    const { id } = await client.job.create({ params: { workspace }, body });
    await open("/computes");
    await page.getByRole("link", { name: "far" }).press("Enter");
    await page.getByText("no agent serves the compute far").waitFor();
    await page.getByText("trainyard up --agent-computes local,far").waitFor();
    await page.getByRole("link", { name: /^away/ }).click();
    await page.waitForURL((url) => url.pathname === `/jobs/${id}`);
    await client.job.cancel({ params: { workspace, id }, body: {} });
    await open("/computes/local");
    await page.getByRole("table", { name: "Agents" }).getByText("0 of 2").waitFor();
    await page.getByText("Nothing runs here or waits").waitFor();
    expect(complaints).toEqual([]);
  });

  it("shows a datastore, and forgets it", async () => {
    await open("/datastores");
    await page.getByText("No datastores yet").waitFor();
    const put = (name: string, path: string) =>
      client.datastore.put({ params: { workspace, name }, body: { type: "local", settings: { path } } });
    const folder = join(studio.folder, "store");
    mkdirSync(folder);
    for (const name of ["here", "gone"]) await put(name, folder);
    await open("/datastores");
    await page.getByRole("table", { name: "Datastores" }).getByText(folder).first().waitFor();
    await page.getByRole("link", { name: "gone" }).click();
    await page.getByText("azureml://datastores/gone/paths/out").waitFor();
    await page.getByRole("button", { name: "Delete…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("heading", { name: "Datastores" }).waitFor();
    await page.getByRole("link", { name: "gone" }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: "here" }).waitFor();
    expect(complaints).toEqual([]);
  });

  it("keeps a secret without ever showing its value, and forgets it", async () => {
    await open("/secrets");
    await page.getByRole("button", { name: "New secret…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("warehouse");
    await dialog.getByLabel("Value").fill("open-sesame-41");
    await dialog.getByRole("button", { name: "Keep" }).click();
    const row = page.getByRole("table", { name: "Secrets" }).getByRole("row", { name: /^warehouse/ });
    await row.waitFor();
    await dialog.waitFor({ state: "detached" });
    expect(await page.content()).not.toContain("open-sesame-41");
    await row.getByRole("button", { name: "Delete warehouse" }).click();
    await dialog.getByRole("button", { name: "Delete" }).click();
    await page.getByText("No secrets yet").waitFor();
    expect(complaints).toEqual([]);
  });

  it("edits, backfills and deletes a schedule, and never creates one over another", async () => {
    const params = { workspace, name: "nightly" };
    const dialog = page.getByRole("dialog");
    await open("/schedules/nightly");
    await page.getByRole("button", { name: "Edit…" }).click();
    await dialog.getByRole("combobox", { name: "Starts it" }).click();
    await page.getByRole("option", { name: /every so often/ }).click();
    await dialog.getByRole("combobox", { name: "Unit" }).click();
    await page.getByRole("option", { name: "week" }).click();
    await dialog.getByLabel("monday").check();
    await dialog.getByLabel("At the hours").fill("2, 14");
    await dialog.getByLabel("who").fill("mondays");
    await dialog.getByRole("button", { name: "Change" }).click();
    await page.getByText("every week on monday at 02:30, 14:30").waitFor();
    expect(await client.schedule.get({ params })).toMatchObject({ start: { inputs: { who: "mondays" } } });
    await page.getByRole("button", { name: "Backfill…" }).click();
    await dialog.getByLabel("From").fill("2026-01-05");
    await dialog.getByLabel("To").fill("2026-01-05");
    await dialog.getByRole("button", { name: "Backfill" }).click();
    await page.getByText("2 times asked for.").waitFor();
    await open("/pipelines/greet");
    await page.getByRole("button", { name: "New schedule…" }).click();
    await dialog.getByLabel("Name").fill("nightly");
    await dialog.getByRole("button", { name: "Create" }).click();
    await dialog.getByText(/There is a schedule "nightly" already/).waitFor();
    complaints.length = 0;
    await page.keyboard.press("Escape");
    await client.schedule.put({ params: { workspace, name: "gone" }, body: { pipeline: "greet", trigger: data } });
    await open("/schedules/gone");
    await page.getByRole("button", { name: "Delete…" }).click();
    await dialog.getByRole("button", { name: "Delete" }).click();
    await page.waitForURL(/\/pipelines\/greet/);
    const { items } = await client.schedule.list({ params });
    expect(items.map(({ name }) => name)).toEqual(["nightly"]);
    expect(complaints).toEqual([]);
  });

  it("makes a webhook whose calls give values, and shows its address once", async () => {
    const dialog = page.getByRole("dialog");
    await page.getByRole("button", { name: "New schedule…" }).click();
    await dialog.getByLabel("Name").fill("on-push");
    await dialog.getByRole("combobox", { name: "Starts it" }).click();
    await page.getByRole("option", { name: /address/ }).click();
    await dialog.getByLabel("who").fill("${{creation_context.body.pusher}}");
    await dialog.getByRole("button", { name: "Create" }).click();
    await page.getByRole("button", { name: "Make address…" }).click();
    await dialog.getByRole("button", { name: "Make it" }).click();
    const address = await dialog.getByText(/\/api\/v1\/hooks\/default\/on-push\//).textContent();
    const headers = { "content-type": "application/json" };
    const call = (body: object) => fetch(address!, { method: "POST", headers, body: JSON.stringify(body) });
    expect((await call({})).status).toBe(422);
    expect((await call({ pusher: "ada" })).status).toBe(200);
    await dialog.getByRole("button", { name: "Done" }).click();
    await page.getByRole("table", { name: "Firings" }).getByText("webhook").waitFor();
    await page.getByText("It has one, which was shown when it was made.").waitFor();
    expect(complaints).toEqual([]);
  });

  it("has no barrier on these pages, light and wide or dark and narrow", { timeout: 240_000 }, async () => {
    const paths = [
      `/jobs/${jobId}`,
      `/jobs/${jobId}?step=tune`,
      "/pipelines",
      "/pipelines/greet",
      "/schedules/nightly",
      "/jobs?shelf=deleted",
      "/computes/local",
      "/datastores",
      "/datastores/here",
      "/schedules/on-push",
    ];
    expect(await lookAt({ page, complaints, open }, paths)).toEqual({});
    const narrow = await studio.signIn({ colorScheme: "dark", viewport: { width: 390, height: 844 } });
    expect(await lookAt(narrow, paths)).toEqual({});
  });
});
