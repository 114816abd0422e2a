import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import type { DataVersion, Expectations } from "../../contract/data.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { sha256 } from "../../platform/digest.ts";
import { dataQualityOf, registerDataVersion, resolveData } from "./index.ts";

const workspace = "default";
const good = `age,bmi\n${Array.from({ length: 40 }, (_, row) => `${20 + row},${(18 + row / 3).toFixed(1)}`).join("\n")}\n`;
const expectations: Expectations = {
  columns: [
    { name: "age", type: "integer", min: 0, max: 120, maxMissing: 0 },
    { name: "bmi", type: "number", maxMissing: 0 },
  ],
  extraColumns: false,
  minRows: 1,
};

describe.each(databases)("data on %s", (database) => {
  let app: TestApp;
  let client: Client;
  beforeAll(async () => {
    app = await createTestApp({ database, loops: true });
    client = await app.as("data-scientist");
  });
  afterAll(() => app.stop());

  async function tree(files: Record<string, string | Uint8Array>): Promise<string> {
    const stored = [];
    for (const [path, content] of Object.entries(files)) {
      const body = typeof content === "string" ? new TextEncoder().encode(content) : content;
      const params = { workspace, digest: sha256(body) };
      stored.push({ path, ...(await client.blob.put({ params, body })) });
    }
    return (await client.blob.createTree({ params: { workspace }, body: { files: stored } })).digest;
  }

  async function checked(name: string, version: string): Promise<DataVersion> {
    return expect
      .poll(() => client.data.getVersion({ params: { workspace, name, version } }), { timeout: 30_000 })
      .not.toMatchObject({ state: "checking" })
      .then(() => client.data.getVersion({ params: { workspace, name, version } }));
  }

  async function add(
    name: string,
    files: Record<string, string | Uint8Array>,
    more: { expectations?: Expectations; version?: string } = {},
  ): Promise<DataVersion> {
    const type = Object.keys(files).length > 1 ? "uri_folder" : "uri_file";
    const body = { tree: await tree(files), type, ...more } as const;
    const { version } = await client.data.create({ params: { workspace, name }, body });
    return checked(name, version);
  }

  it("profiles a good table and makes it ready", async () => {
    const version = await add("good", { "good.csv": good }, { expectations });
    expect(version).toMatchObject({
      version: "1",
      state: "ready",
      findings: [],
      createdBy: { name: "data-scientist" },
    });
    expect(version.profile).toMatchObject({ rows: 40, columns: [{ name: "age", mean: 39.5 }, { name: "bmi" }] });
    const asset = await client.data.get({ params: { workspace, name: "good" } });
    expect(asset).toMatchObject({ latest: "1", versions: 1, expectations });
    const { items } = await client.audit.list({ query: { subject: "data/good/1" } });
    expect(items.map((event) => event.type)).toEqual(["data.version.ready", "data.version.created"]);
  });

  it("refuses missing values and a wrong schema, and says which", async () => {
    await add("strict", { "a.csv": good }, { expectations });
    const gaps = await add("strict", { "a.csv": good.replace("\n21,", "\n,").replace("\n23,", "\nNA,") });
    expect(gaps.state).toBe("refused");
    expect(gaps.findings).toEqual([
      {
        rule: "missing",
        column: "age",
        rows: [2, 4],
        message: `2 of 40 values of column "age" are missing; none are allowed`,
      },
    ]);
    const schema = await add("strict", { "a.csv": good.replace("age,bmi", "age,BMI") });
    expect(schema.findings.map((finding) => finding.message)).toEqual([
      `There is no column "bmi". There is one called "BMI".`,
      `Column "BMI" is not expected, and further columns are not allowed.`,
    ]);
    const asset = await client.data.get({ params: { workspace, name: "strict" } });
    expect(asset.items.map((item) => [item.version, item.state])).toEqual([
      ["3", "refused"],
      ["2", "refused"],
      ["1", "ready"],
    ]);
    expect(asset.latest).toBe("1");
    await expect(resolveData(app.ctx, workspace, "strict", { version: "2" })).rejects.toMatchObject({
      code: "unprocessable",
      message: expect.stringContaining("2 of 40 values"),
      issues: [{ at: "data/strict/2: age" }],
    });
    expect(await resolveData(app.ctx, workspace, "strict", { label: "latest" })).toMatchObject({ version: "1" });
    expect(await dataQualityOf(app.ctx, workspace, "data/strict/3")).toMatchObject({ state: "refused" });
  });

  it("takes expectations over only from a version that satisfies them", async () => {
    const bad = good.replace("\n21,", "\n,");
    expect(await add("late", { "a.csv": bad }, { expectations })).toMatchObject({ state: "refused" });
    const name = "late";
    expect(await client.data.get({ params: { workspace, name } })).toMatchObject({ latest: null, expectations: null });
    expect(await add("late", { "a.csv": bad })).toMatchObject({ version: "2", state: "ready" });
    expect(await add("late", { "a.csv": good }, { expectations })).toMatchObject({ version: "3", state: "ready" });
    expect(await client.data.get({ params: { workspace, name } })).toMatchObject({ latest: "3", expectations });
  });

  it("checks versions against the expectations of those before them", async () => {
    const name = "queue";
    const bodies = [
      { tree: await tree({ "a.csv": good }), expectations },
      { tree: await tree({ "a.csv": good.replace("\n21,", "\n,") }) },
    ];
    for (const body of bodies) await client.data.create({ params: { workspace, name }, body });
    expect(await checked(name, "1")).toMatchObject({ state: "ready" });
    expect(await checked(name, "2")).toMatchObject({ state: "refused" });
  });

  it("gives the same version for the same files, and never changes one", async () => {
    const first = await add("same", { "a.csv": good });
    expect(await add("same", { "a.csv": good })).toEqual(first);
    expect(await add("same", { "a.csv": good }, { version: "1" })).toEqual(first);
    const params = { workspace, name: "same" };
    const body = { tree: await tree({ "b.csv": good }), version: "1" };
    await expect(client.data.create({ params, body })).rejects.toMatchObject({ code: "conflict" });
    expect(await add("same", { "b.csv": good }, { version: "7" })).toMatchObject({ version: "7", state: "ready" });
    expect(await add("same", { "c.csv": good })).toMatchObject({ version: "8", state: "ready" });
    const latest = await tree({ "d.csv": good });
    await expect(client.data.create({ params, body: { tree: latest, version: "latest" } })).rejects.toMatchObject({
      code: "invalid",
    });
  });

  it("registers what a job wrote once, however many ask at once", async () => {
    const digest = await tree({ "out.csv": good });
    const results = await Promise.all(
      Array.from({ length: 5 }, () =>
        transaction(app.ctx, (tx) =>
          registerDataVersion(tx, { workspace, name: "output", tree: digest, type: "uri_folder", jobId: "j1" }),
        ),
      ),
    );
    expect(results.map((result) => result.version)).toEqual(["1", "1", "1", "1", "1"]);
    expect(results.filter((result) => !result.existed)).toHaveLength(1);
    expect(await checked("output", "1")).toMatchObject({ state: "ready", jobId: "j1" });
  });

  it("reads several files of one schema together and leaves images alone", async () => {
    const parts = await add("parts", { "a.csv": good, "sub/b.csv": good, "README.md": "notes", _SUCCESS: "" });
    expect(parts.profile).toMatchObject({ rows: 80 });
    const images = { "a.png": new Uint8Array([137, 80, 78, 71]), "b.png": new Uint8Array([0, 1, 2]) };
    expect(await add("images", images)).toMatchObject({ state: "ready", profile: null });
    expect(await add("images2", images, { expectations })).toMatchObject({
      state: "refused",
      findings: [{ rule: "unreadable", message: expect.stringContaining(`"a.png" is no table`) }],
    });
    expect(await add("other", { "a.csv": good, "b.csv": "x\n1\n" })).toMatchObject({
      state: "refused",
      findings: [{ message: expect.stringContaining(`b.csv has other columns than a.csv`) }],
    });
  });

  it.each([
    ["ragged", "a,b\n1,2\n3\n", /Line 3 has 1 value where the header has 2/],
    ["empty", "", /The file is empty/],
    ["latin-1", new Uint8Array([0x61, 0x0a, 0xe9, 0x0a]), /Line 2 is not UTF-8/],
    ["binary", new Uint8Array(4096).map((_, index) => (index * 7) % 256), /zero byte|not UTF-8/],
  ])("refuses a file that is %s", async (name, content, message) => {
    const refused = await add(`bad-${name}`, { "bad.csv": content });
    expect(refused.state).toBe("refused");
    expect(refused.findings[0]!.message).toMatch(message);
    expect(refused.findings[0]!.message).toContain("bad.csv");
  });

  it("says that a version is still being checked, or not there", async () => {
    const quiet = await createTestApp({ database });
    try {
      const owner = await quiet.as("owner");
      const body = new TextEncoder().encode(good);
      const stored = await owner.blob.put({ params: { workspace, digest: sha256(body) }, body });
      const files = [{ path: "a.csv", ...stored }];
      const { digest } = await owner.blob.createTree({ params: { workspace }, body: { files } });
      await owner.data.create({ params: { workspace, name: "slow" }, body: { tree: digest } });
      await expect(resolveData(quiet.ctx, workspace, "slow", { label: "latest" })).rejects.toMatchObject({
        code: "unavailable",
        message: "Version 1 of data slow is still being checked.",
      });
      await expect(resolveData(quiet.ctx, workspace, "slow", { version: "2" })).rejects.toMatchObject({
        code: "not_found",
        hint: "There is 1 (checking).",
      });
      await expect(resolveData(quiet.ctx, workspace, "none", {})).rejects.toMatchObject({ code: "not_found" });
    } finally {
      await quiet.stop();
    }
  });
});
