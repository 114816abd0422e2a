import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCredentials } from "../../src/server/home.ts";
import type { ServerProcess } from "../support/server-process.ts";
import { openStudio, type Studio, type Visitor } from "../support/studio.ts";

const params = { workspace: "default" };
const runCount = 300;

describe("runs in a browser", () => {
  let studio: Studio;
  let server: ServerProcess;
  let page: Page;
  let complaints: string[];
  let open: Visitor["open"];
  let experiment: string;
  let ids: string[];

  beforeAll(async () => {
    studio = await openStudio();
    server = studio.server;
    ({ experiment, ids } = await logRuns());
    ({ page, complaints, open } = await studio.signIn());
  }, 180_000);

  afterAll(() => studio.close());

  /** Logs as a tracking client does. Run n has the metric `rmse` n and the param `solver`. */
  async function logRuns(): Promise<{ experiment: string; ids: string[] }> {
    const { token } = readCredentials(server.home)!;
    const post = async (path: string, body: object) => {
      const response = await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      expect(response.status, path).toBe(200);
      return (await response.json()) as { experiment_id: string; run: { info: { run_id: string } } };
    };
    const { experiment_id } = await post("experiments/create", { name: "sweep" });
    const logged: string[] = [];
    for (let n = 0; n < runCount; n++) {
      const start_time = 1_700_000_000_000 + n * 1000;
      const { run } = await post("runs/create", { experiment_id, run_name: `run-${n}`, start_time });
      const run_id = run.info.run_id;
      const points = n < 3 ? 200 : 1;
      const metrics = Array.from({ length: points }, (_, step) => ({
        key: "rmse",
        value: n + (points - 1 - step) / 100,
        step,
        timestamp: start_time + step,
      }));
      const solver = { key: "solver", value: n % 2 ? "svd" : "sag" };
      await post("runs/log-batch", { run_id, metrics, params: [solver] });
      await post("runs/update", { run_id, status: "FINISHED", end_time: start_time + 500 });
      logged.push(run_id);
    }
    return { experiment: experiment_id, ids: logged };
  }

  const grid = () => page.getByRole("grid", { name: "Runs" });
  const names = () => grid().locator(".ty-grid-name a").allTextContents();

  it("filters by MLflow's language and by name, and marks a mistake", async () => {
    await open(`/experiments/${experiment}`);
    await page.getByText(`${runCount} runs`).waitFor();
    const box = page.getByLabel("Filter runs");
    await box.fill("metrics.rmse < 3 and params.solver = 'sag'");
    await box.press("Enter");
    await page.getByTestId("run-count").getByText("2 runs").waitFor();
    await expect.poll(names).toEqual(["run-2", "run-0"]);
    expect(new URL(page.url()).searchParams.get("q")).toBe("metrics.rmse < 3 and params.solver = 'sag'");
    await box.fill("run-29");
    await box.press("Enter");
    await page.getByTestId("run-count").getByText("11 runs").waitFor();
    expect(complaints).toEqual([]);
    await box.fill("metrics.rmse < 3 OR x");
    await box.press("Enter");
    await page.getByRole("alert").getByText("joined by AND").waitFor();
    expect(await page.locator("mark").textContent()).toBe("OR");
    // The browser notes the answer 400 as an error of its own.
    complaints.length = 0;
  });

  it("orders by a column, and keeps columns in the address", async () => {
    await open(`/experiments/${experiment}`);
    await grid().getByRole("button", { name: "rmse", exact: true }).click();
    await expect.poll(async () => (await names())[0]).toBe(`run-${runCount - 1}`);
    await grid().getByRole("button", { name: "rmse", exact: true }).click();
    await expect.poll(async () => (await names())[0]).toBe("run-0");
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("checkbox", { name: "solver" }).uncheck();
    await grid().getByRole("columnheader", { name: "solver" }).waitFor({ state: "detached" });
    const address = page.url();
    await open("/");
    await page.goto(address);
    await expect.poll(async () => (await names())[0]).toBe("run-0");
    expect(await grid().getByRole("columnheader", { name: "solver" }).count()).toBe(0);
    expect(await grid().getByRole("columnheader", { name: "rmse" }).count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  it("scrolls through all runs with few rows in the page", async () => {
    await open(`/experiments/${experiment}`);
    await grid().locator(".ty-grid-name a").first().waitFor();
    await grid().focus();
    for (let tries = 0; tries < 4; tries++) {
      await page.keyboard.press("End");
      await page.waitForTimeout(300);
    }
    await expect.poll(async () => (await names()).at(-1)).toBe("run-0");
    expect((await names()).length).toBeLessThan(80);
    await page.keyboard.press("Home");
    await expect.poll(async () => (await names())[0]).toBe(`run-${runCount - 1}`);
    expect(complaints).toEqual([]);
  });

  it("tags chosen runs in bulk, by keyboard", async () => {
    await open(`/experiments/${experiment}`);
    await grid().locator(".ty-grid-name a").first().waitFor();
    await grid().focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Shift+Space");
    await page.getByText("3 runs chosen").waitFor();
    await page.getByRole("button", { name: "Tag…", exact: true }).click();
    await page.getByLabel(/^Tag( \*)?$/).fill("team");
    await page.getByLabel("Value").fill("blue");
    await page.keyboard.press("Enter");
    await page.getByText("3 runs tagged.").waitFor();
    const { items } = await server.client().run.list({ params, query: { filter: "tags.team = 'blue'" } });
    expect(items.map((run) => run.name)).toEqual(["run-299", "run-298", "run-297"]);
    expect(complaints).toEqual([]);
  });

  it("saves a view, and opens it again", async () => {
    await open(`/experiments/${experiment}?q=metrics.rmse+%3C+5`);
    await page.getByTestId("run-count").getByText("5 runs").waitFor();
    await page.getByRole("button", { name: "Views" }).click();
    await page.getByRole("menuitem", { name: "Save as a new view…" }).click();
    await page.getByLabel("Name").fill("Good ones");
    await page.getByRole("button", { name: "Save view" }).click();
    await page.getByRole("button", { name: "Good ones" }).waitFor();
    await open(`/experiments/${experiment}`);
    await page.getByTestId("run-count").getByText(`${runCount} runs`).waitFor();
    await page.getByRole("button", { name: "Views" }).click();
    await page.getByRole("menuitem", { name: "Good ones" }).click();
    await page.getByTestId("run-count").getByText("5 runs").waitFor();
    expect(complaints).toEqual([]);
  });

  it("draws the curves of compared runs, in light and dark", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await open(`/compare?runs=${ids.slice(0, 3).join(",")}`);
      const chart = page.getByRole("img", { name: "rmse of 3 runs by step" });
      await chart.locator("canvas").first().waitFor();
      // Coloured pixels: lines were drawn, not only axes.
      await expect.poll(() => chart.locator("canvas").first().evaluate(colouredPixels)).toBeGreaterThan(300);
    }
    for (const tab of ["Parallel", "Scatter", "Box", "Differences", "Images", "Files", "Tables"]) {
      await page.getByRole("tab", { name: tab }).click();
      await page.getByRole("tabpanel", { name: tab }).waitFor();
    }
    await page.getByRole("tab", { name: "Differences" }).click();
    await page.getByRole("cell", { name: "svd" }).waitFor();
    await page.emulateMedia({ colorScheme: "light" });
    expect(complaints).toEqual([]);
  });

  it("renames and describes a run", async () => {
    await open(`/runs/${ids[9]}`);
    await page.getByRole("button", { name: "Edit…" }).click();
    await page.getByLabel(/^Name/).fill("the ninth");
    await page.getByLabel("Description").fill("kept for the report");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "the ninth", level: 1 }).waitFor();
    await page.locator(".ty-description").getByText("kept for the report").waitFor();
    expect(complaints).toEqual([]);
  });

  it("leads links of the MLflow client to the run", async () => {
    await open(`/#/experiments/${experiment}/runs/${ids[7]}`);
    await page.getByRole("heading", { name: "run-7", level: 1 }).waitFor();
    await open(`/w/default/#/experiments/${experiment}/runs/${ids[8]}`);
    await page.getByRole("heading", { name: "run-8", level: 1 }).waitFor();
    expect(complaints).toEqual([]);
  });

  it("answers 404 for a file that is gone, and lets browsers keep the others", async () => {
    expect((await fetch(`${server.url}/assets/gone.js`)).status).toBe(404);
    const html = await (await fetch(server.url)).text();
    const file = /\/assets\/index-[\w-]+\.js/.exec(html)![0];
    const { headers } = await fetch(server.url + file, { headers: { "accept-encoding": "gzip" } });
    expect(headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(headers.get("content-encoding")).toBe("gzip");
  });
});

/** Runs in the page. */
function colouredPixels(canvas: unknown): number {
  const { width, height, getContext } = canvas as {
    width: number;
    height: number;
    getContext(kind: "2d"): { getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray } };
  };
  const { data } = getContext.call(canvas, "2d").getImageData(0, 0, width, height);
  let coloured = 0;
  for (let at = 0; at < data.length; at += 4) {
    const [red, green, blue, alpha] = data.subarray(at, at + 4);
    if (alpha! > 60 && Math.max(red!, green!, blue!) - Math.min(red!, green!, blue!) > 60) coloured += 1;
  }
  return coloured;
}
