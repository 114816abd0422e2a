import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import type { CardSectionKey } from "../../contract/model-policy.ts";
import { registerModel } from "../endpoint/model.fixture.ts";
import { openShop } from "../release/release.fixture.ts";

const workspace = "default";
const mlmodel = [
  "flavors: {}",
  "signature:",
  `  inputs: '[{"type": "double", "name": "age|years", "required": true}]'`,
  "  outputs: null",
].join("\n");

describe.each(databases)("model cards on %s", (database) => {
  let app: TestApp;
  let scientist: Client;
  const params = { workspace, name: "churn", version: "1" };
  beforeAll(async () => {
    app = await createTestApp({ database, loops: true });
    scientist = await app.as("data-scientist");
    await registerModel(scientist, "churn", { MLmodel: mlmodel });
    // What its files say is known then.
    const checked = async () => expect(await scientist.model.getCheck({ params })).toMatchObject({ state: "accepted" });
    await vi.waitFor(checked, { timeout: 20_000 });
  });
  afterAll(() => app.stop());

  const write = (section: CardSectionKey, text: string, more: { replaces?: string | null } = {}, version = "1") =>
    scientist.card.edit({ params: { ...params, version, section }, body: { text, ...more } });

  it("says what it lacks until it is written", async () => {
    const before = await scientist.card.get({ params });
    expect(before).toMatchObject({
      complete: false,
      missing: ["summary", "intended-use", "limitations", "training-data", "metrics"],
      facts: { signature: { inputs: [{ name: "age|years", type: "double", required: true }], outputs: [] } },
    });
    await write("summary", "Predicts who leaves.");
    await write("intended-use", "Retention offers.");
    await write("limitations", "Not for *new* customers.");
    expect((await scientist.card.get({ params })).missing).toEqual(["training-data", "metrics"]);
    const owner = await app.as("owner");
    const requiredCard: CardSectionKey[] = ["summary", "limitations"];
    await owner.model.setPolicy({ params: { workspace }, body: { requiredCard } });
    expect(await scientist.card.get({ params })).toMatchObject({ complete: true, missing: [] });
  });

  it("refuses to overwrite what the writer has not seen", async () => {
    const first = await write("contact", "team a", { replaces: null });
    await write("contact", "team b", { replaces: first.edit });
    await expect(write("contact", "team c", { replaces: first.edit })).rejects.toMatchObject({
      code: "stale",
      hint: "data-scientist wrote it. Read it again, then write.",
    });
    await expect(
      (await app.as("reader")).card.edit({ params: { ...params, section: "contact" }, body: { text: "x" } }),
    ).rejects.toMatchObject({ code: "forbidden" });
    const { items } = await scientist.card.history({ params });
    expect(items.map(({ section, text }) => [section, text])).toEqual([
      ["contact", "team b"],
      ["contact", "team a"],
      ["limitations", "Not for *new* customers."],
      ["intended-use", "Retention offers."],
      ["summary", "Predicts who leaves."],
    ]);
    const { items: events } = await (await app.as("owner")).audit.list({ query: { type: "model.card.edited" } });
    expect(events).toHaveLength(5);
  });

  it("holds for later versions until it is written anew", async () => {
    await registerModel(scientist, "churn", { MLmodel: `${mlmodel}\n# 2` });
    const section = async (version: string) =>
      (await scientist.card.get({ params: { ...params, version } })).sections.find(
        (one) => one.section === "limitations",
      );
    expect(await section("2")).toMatchObject({ source: "inherited", from: "1", edit: null });
    await write("limitations", "None known.", { replaces: null }, "2");
    expect(await section("2")).toMatchObject({ source: "written", text: "None known." });
    expect(await section("1")).toMatchObject({ text: "Not for *new* customers." });
  });

  it("is a Markdown file", async () => {
    const response = await scientist.card.export({ params });
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="churn-1.md"');
    expect(response.headers.get("content-type")).toContain("text/markdown");
    const text = await response.text();
    expect(text).toContain("# churn 1\n");
    expect(text).toContain("## Limitations\n\nNot for *new* customers.\n");
    expect(text).toContain("| age\\|years | double |");
  });

  it.each([
    ["fail", "failed"],
    ["inconclusive", "waiting"],
  ] as const)("stops a release when it is incomplete and that means %s", async (incomplete, state) => {
    const shop = await openShop(app, { PRD: [{ type: "card", incomplete }] });
    const { build } = await shop.build();
    const { number } = await shop.release(build);
    const release = await shop.settled(number);
    expect(release.state).toBe(state);
    expect(release.stages[0]!.checks[0]).toMatchObject({
      type: "card",
      verdict: incomplete,
      detail: expect.stringContaining("limitations of m 1"),
    });
  });
});
