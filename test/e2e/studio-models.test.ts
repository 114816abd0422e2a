import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Client } from "../../src/contract/client.ts";
import { registerModel } from "../../src/features/endpoint/model.fixture.ts";
import { lookAt } from "../support/look.ts";
import { openStudio, type Studio, type Visitor } from "../support/studio.ts";

const workspace = "default";

describe("models in a browser", () => {
  let studio: Studio;
  let client: Client;
  let page: Page;
  let complaints: string[];
  let open: Visitor["open"];
  const version = (name: string, number: string) => ({ params: { workspace, name, version: number } });

  beforeAll(async () => {
    studio = await openStudio();
    client = studio.server.client();
    await registerModel(client, "churn", { "model.txt": "the first" });
    await registerModel(client, "churn", { "model.txt": "the second" });
    await registerModel(client, "held", { "model.pkl": "cos\nsystem\n(S'id'\ntR." });
    const section = { ...version("churn", "2").params, section: "limitations" as const };
    await client.card.edit({ params: section, body: { text: "Not for new customers.\nNot at night." } });
    await client.card.edit({ params: section, body: { text: "Not for new customers.\nNot on Sundays." } });
    await client.webhook.create({
      params: { workspace },
      body: { name: "deploys", url: "https://hooks.example.com/x", events: ["model.alias.moved"] },
    });
    ({ page, complaints, open } = await studio.signIn({ colorScheme: "dark" }));
  }, 120_000);

  afterAll(() => studio.close());

  const dialog = () => page.getByRole("dialog");

  it("lists models, and finds them by name", async () => {
    await open("/models");
    await page.getByRole("link", { name: "held" }).waitFor();
    await page.getByLabel("Search models").fill("CHU");
    await page.getByRole("link", { name: "held" }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: "churn" }).click();
    await page.getByRole("table", { name: "Versions" }).getByRole("link", { name: "2" }).waitFor();
    expect(complaints).toEqual([]);
  });

  it("moves a version to another stage, with a reason", async () => {
    await open("/models/churn/2");
    await page.getByRole("button", { name: "Move stage…" }).click();
    await dialog().getByRole("combobox", { name: "Stage" }).click();
    await page.getByRole("option", { name: "Staging" }).click();
    await dialog().getByLabel("Reason").fill("looked at the slices");
    await dialog().getByRole("button", { name: "Move" }).click();
    await page.getByText("Version 2 of churn is in Staging.").waitFor();
    await open("/models/churn");
    await page.getByRole("table", { name: "Versions" }).getByText("Staging").waitFor();
    await page.getByRole("table", { name: "History of stages" }).getByText("looked at the slices").waitFor();
    expect((await client.model.getVersion(version("churn", "2"))).stage).toBe("Staging");
    expect(complaints).toEqual([]);
  });

  it("shows who edited the card, and what an edit changed", async () => {
    await open("/models/churn/2");
    await page.getByRole("button", { name: "History" }).click();
    const edits = dialog().getByRole("table", { name: "Edits of the card" });
    await edits.getByRole("button", { name: "Limitations" }).first().click();
    const changed = dialog().locator("tr[data-kind=changed]");
    await changed.waitFor();
    expect(await changed.locator("td").allTextContents()).toEqual(["Not at night.", "Not on Sundays."]);
    expect(complaints).toEqual([]);
  });

  it("compares two versions", async () => {
    await open("/models/churn/compare?left=1&right=2");
    await page.locator("tr[data-differs]").filter({ hasText: "model.txt" }).waitFor();
    // The columns stand under their heads: styles of another page once took them apart.
    const left = async (text: string) => (await page.getByText(text, { exact: true }).first().boundingBox())!.x;
    expect(Math.abs((await left("Version 1")) - (await left("custom")))).toBeLessThan(3);
    expect(complaints).toEqual([]);
  });

  it("releases a version from quarantine, with a reason", async () => {
    await open("/models/held/1");
    await page.getByText("quarantined").first().waitFor();
    await page.getByRole("table", { name: "Findings" }).getByText("model.pkl").first().waitFor();
    await page.getByRole("button", { name: "Release…" }).click();
    expect(await dialog().getByRole("button", { name: "Release" }).isDisabled()).toBe(true);
    await dialog().getByLabel("Reason").fill("ours");
    await dialog().getByRole("button", { name: "Release" }).click();
    await page.getByText("Version 1 of held is released.").waitFor();
    await page.getByText("accepted").first().waitFor();
    expect((await client.model.getVersion(version("held", "1"))).check.decision?.reason).toBe("ours");
    expect(complaints).toEqual([]);
  });

  it("has no barrier on these pages in the dark", { timeout: 240_000 }, async () => {
    const { items } = await client.webhook.list({ params: { workspace } });
    const paths = ["/models/churn", "/models/churn/2", "/models/churn/compare?left=1&right=2", "/models/held/1"];
    paths.push("/webhooks", `/webhooks/${items[0]!.id}`, "/traces", "/monitors", "/lineage?of=model/churn/2");
    expect(await lookAt({ page, complaints, open }, paths)).toEqual({});
    expect(await page.evaluate("document.documentElement.dataset.mantineColorScheme")).toBe("dark");
  });
});
