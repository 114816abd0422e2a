import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { uploadText } from "../component/component.fixture.ts";
import { createJobs, definition, step } from "../job/job.fixture.ts";

describe.each(databases)("registering environments on %s", (database) => {
  let app: TestApp;
  let client: Client;
  const workspace = "default";
  const params = { workspace, name: "trees" };
  const condaFile = "dependencies:\n  - python=3.11\n";
  const withPackage = (name: string) => ({ condaFile: `${condaFile}  - ${name}\n` });
  const versionsOf = async (name: string) =>
    (await client.environment.get({ params: { workspace, name } })).items.map(({ version }) => version);

  beforeAll(async () => {
    app = await createTestApp({ database });
    client = await app.as("data-scientist");
  });
  afterAll(() => app.stop());

  it("makes a version of new content, and gives the one that has the same", async () => {
    const first = await client.environment.create({ params, body: { condaFile } });
    const again = await client.environment.create({ params, body: { condaFile } });
    const second = await client.environment.create({ params, body: withPackage("pip") });
    expect([first.version, again.version, second.version]).toEqual(["1", "1", "2"]);
    expect(await versionsOf("trees")).toEqual(["2", "1"]);
  });

  it("gives each of those that come at once a version of its own, and tells of each once", async () => {
    const names = ["a", "b", "c", "d", "e"];
    const at = { workspace, name: "at-once" };
    const made = await Promise.all(
      [...names, ...names].map((name) => client.environment.create({ params: at, body: withPackage(name) })),
    );
    expect(new Set(made.map(({ version }) => version))).toEqual(new Set(["1", "2", "3", "4", "5"]));
    expect(await versionsOf("at-once")).toHaveLength(5);
    const told = await app.ctx.db
      .selectFrom("audit_event")
      .select("subject")
      .where("subject", "like", "environment/at-once/%")
      .execute();
    expect(told.map(({ subject }) => subject).sort()).toEqual(
      names.map((_, index) => `environment/at-once/${index + 1}`),
    );
  });

  it("records those of jobs that are submitted at once, in whatever order they name them", async () => {
    const owner = await app.as("owner");
    const { submit } = createJobs(owner);
    const environment = (name: string, content: string) => ({ name, image: null, ...withPackage(content) });
    const job = (names: string[], content: string) =>
      definition(
        Object.fromEntries(names.map((name) => [name, step("x", { environment: environment(name, content) })])),
      );
    const bodies = ["a", "b", "c", "d"].map((content, index) =>
      job(index % 2 === 0 ? ["left", "right"] : ["right", "left"], content),
    );
    await Promise.all(bodies.map((body) => submit(body)));
    for (const name of ["left", "right"]) expect((await versionsOf(name)).sort()).toEqual(["1", "2", "3", "4"]);
  });

  it("takes the version, description and tags that are said, and never changes content", async () => {
    const at = { workspace, name: "said" };
    const body = { condaFile, version: "5", description: "for trees", tags: { team: "forest" } };
    expect(await client.environment.create({ params: at, body })).toMatchObject(body);
    expect(await client.environment.create({ params: at, body: { ...body, description: "for all" } })).toMatchObject({
      version: "5",
      description: "for all",
    });
    expect(await client.environment.create({ params: at, body: withPackage("pip") })).toMatchObject({ version: "6" });
    await expect(
      client.environment.create({ params: at, body: { ...withPackage("other"), version: "5" } }),
    ).rejects.toMatchObject({ code: "conflict" });
  });

  it("takes a folder with a Dockerfile, by its content", async () => {
    const context = await uploadText(client, workspace, { Dockerfile: "FROM debian" });
    const build = { context, dockerfile: "Dockerfile" };
    const at = { workspace, name: "built" };
    const made = await client.environment.create({ params: at, body: { build } });
    expect(made).toMatchObject({ version: "1", build, image: null, condaFile: null });
    const other = await uploadText(client, workspace, { Dockerfile: "FROM ubuntu" });
    const next = await client.environment.create({ params: at, body: { build: { ...build, context: other } } });
    expect(next.version).toBe("2");
    await expect(
      client.environment.create({ params: at, body: { build: { context, dockerfile: "Other" } } }),
    ).rejects.toThrow('the build context has no file "Other"');
    const source = async (reference: string) => {
      const yaml = `command: ls\nenvironment: "${reference}"\n`;
      const tree = await uploadText(client, workspace, { "job.yml": yaml });
      const found = await client.job.validate({ params: { workspace }, body: { tree, file: "job.yml", set: {} } });
      const main = found.definition?.steps.main;
      return main?.type === undefined ? main?.environment : undefined;
    };
    expect(await source("azureml:built:1")).toMatchObject({ name: "built", build });
    expect(await source("azureml:built@latest")).toMatchObject({ build: { context: other } });
  });

  it("leaves archived ones out of lists, and of what is the newest", async () => {
    const at = { workspace, name: "old" };
    await client.environment.create({ params: at, body: { condaFile } });
    await client.environment.create({ params: at, body: withPackage("pip") });
    const listed = async (archived?: "only") =>
      (await client.environment.list({ params: { workspace }, query: { archived } })).items
        .filter(({ name }) => name === "old")
        .map(({ version }) => version);
    const { items } = await client.environment.archive({ params: at, body: { version: "2" } });
    expect(items).toMatchObject([{ version: "2", archived: true }]);
    expect([await listed(), await listed("only")]).toEqual([["1"], ["2"]]);
    await client.environment.archive({ params: at, body: {} });
    expect(await listed()).toEqual([]);
    await client.environment.restore({ params: at, body: {} });
    expect(await listed()).toEqual(["2", "1"]);
    await expect(client.environment.archive({ params: at, body: { version: "3" } })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  it.each([
    ["nothing", {}, /needs a conda file, an image/],
    [
      "a password",
      { condaFile: "dependencies: [{pip: [--index-url https://a:secret@example.org/]}]" },
      /holds a password/,
    ],
    ["two kinds", { condaFile, uvProject: "0".repeat(64) }, /a conda file and a project of uv/],
    ["a version that is a label", { condaFile, version: "latest" }, /cannot be a version/],
  ])("refuses one of %s", async (_, body, message) => {
    await expect(client.environment.create({ params, body })).rejects.toThrow(message);
  });

  it("refuses who may only read", async () => {
    const reader = await app.as("reader");
    await expect(reader.environment.create({ params, body: { condaFile } })).rejects.toMatchObject({
      code: "forbidden",
    });
  });
});
