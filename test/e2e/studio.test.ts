import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCredentials } from "../../src/server/home.ts";
import type { ServerProcess } from "../support/server-process.ts";
import { openStudio, type Studio } from "../support/studio.ts";
import { prepare, releaseUpToApproval } from "./chaos/story.ts";

const params = { workspace: "default" };

describe("Studio in a browser", () => {
  let studio: Studio;
  let server: ServerProcess;
  let jobId: string;

  beforeAll(async () => {
    studio = await openStudio();
    server = studio.server;
    const effects = join(studio.folder, "effects");
    writeFileSync(effects, "");
    const round = await releaseUpToApproval(server, 1, { effects, ...(await prepare(server.client())) });
    jobId = round.jobId;
  }, 120_000);

  afterAll(() => studio.close());

  async function tokenOf(name: string, role: "approver" | "reader"): Promise<string> {
    const owner = server.client();
    const { id } = await owner.access.createUser({ body: { name, role } });
    return (await owner.access.createToken({ params: { id }, body: { description: "browser" } })).token;
  }

  it("signs in by the link, and opens every page without a complaint", async () => {
    const { page, complaints } = await studio.signIn();
    await page.getByText("release 1 is waiting").waitFor();
    const nav = page.getByRole("navigation").first();
    const develop = "Jobs Pipelines Experiments Traces Data Datastores Models Environments Computes Secrets";
    const deliver = "Builds Releases Endpoints Monitors Webhooks Audit";
    for (const name of `${develop} ${deliver}`.split(" ")) {
      // A number behind it says what waits there.
      await nav.getByRole("link", { name: new RegExp(`^${name}\\b`) }).click();
      await page.getByRole("heading", { name, level: 1, exact: true }).waitFor();
    }
    expect(complaints).toEqual([]);
  });

  it("shows a job as a graph", async () => {
    const { page, complaints, open } = await studio.signIn();
    await open(`/jobs/${jobId}`);
    for (const step of ["a", "b", "c", "d"]) {
      await page
        .locator(".react-flow__node")
        .filter({ hasText: new RegExp(`^${step}`) })
        .waitFor();
    }
    expect(complaints).toEqual([]);
  });

  it("shows a trace as a tree of spans, by keyboard too", async () => {
    const { page, complaints, open } = await studio.signIn();
    const span = { traceId: "7".repeat(32), startTimeUnixNano: "1000000000", endTimeUnixNano: "2000000000" };
    const said = { key: "output.value", value: { stringValue: "forty-two" } };
    const spans = [
      { ...span, spanId: "1".repeat(16), name: "answer" },
      { ...span, spanId: "2".repeat(16), parentSpanId: "1".repeat(16), name: "ask the model", attributes: [said] },
    ];
    const sent = await fetch(`${server.url}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${readCredentials(server.home)!.token}` },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
    });
    expect(sent.status).toBe(200);
    await open("/traces");
    await page.getByRole("link", { name: "answer" }).click();
    await page.getByRole("treeitem", { name: "answer" }).focus();
    await page.keyboard.press("ArrowDown");
    await page.getByRole("heading", { name: "ask the model", level: 2 }).waitFor();
    await page.getByText("forty-two").waitFor();
    expect(complaints).toEqual([]);
  });

  it("lets the requester not approve, and a reader not even ask", async () => {
    const requester = await studio.signIn();
    await requester.open("/releases/1");
    await requester.page.getByText("You requested this release; a second person has to approve it.").waitFor();
    await requester.page.getByRole("button", { name: "Approve…" }).click();
    await requester.page.getByLabel("Comment").fill("mine");
    await requester.page.getByRole("button", { name: "Approve for PRD" }).click();
    await requester.page.getByText("You requested this release, so you may not decide on it.").waitFor();

    const reader = await studio.signIn({ token: await tokenOf("reader", "reader") });
    await reader.open("/releases/1");
    await reader.page.getByText("Your role may not approve releases.").waitFor();
    expect(await reader.page.getByRole("button", { name: "Approve…" }).isDisabled()).toBe(true);
  });

  it("lets a second person approve, by keyboard alone", async () => {
    const { page, complaints, open } = await studio.signIn({ token: await tokenOf("ada", "approver") });
    await open("/releases/1");
    await page.getByRole("button", { name: "Approve…" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.getByLabel("Comment").fill("Looked at the tests.");
    for (let tabs = 0; tabs < 10; tabs++) {
      await page.keyboard.press("Tab");
      if ((await page.evaluate("document.activeElement.textContent")) === "Approve for PRD") break;
    }
    await page.keyboard.press("Enter");
    await expect
      .poll(async () => (await server.client().release.get({ params: { ...params, number: 1 } })).state, {
        timeout: 30_000,
      })
      .toBe("succeeded");
    const { stages } = await server.client().release.get({ params: { ...params, number: 1 } });
    expect(stages.at(-1)!.decisions).toMatchObject([{ by: { name: "ada" }, comment: "Looked at the tests." }]);
    expect(complaints).toEqual([]);
  });

  it("tries an endpoint out", async () => {
    const { page, complaints, open } = await studio.signIn();
    await open("/endpoints/chaos-prd");
    await page.getByRole("button", { name: /^Send/ }).click();
    await page
      .getByText(/\b6(\.0)?\b/)
      .first()
      .waitFor();
    expect(complaints).toEqual([]);
  });
});
