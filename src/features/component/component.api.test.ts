// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { uploadText } from "./component.fixture.ts";

const component = (command: string) =>
  `type: command\nname: train\ninputs: { lr: { type: number } }\noutputs: { model: { type: uri_folder } }\ncode: ./src\ncommand: ${command} \${{inputs.lr}} \${{outputs.model}}\n`;

describe.each(databases)("components on %s", (database) => {
  let app: TestApp;
  let author: Client;
  const params = { workspace: "default" };
  const register = async (files: Record<string, string>, more: { name?: string; version?: string } = {}) =>
    author.component.create({
      params,
      body: { tree: await uploadText(author, params.workspace, files), file: "train.yml", ...more },
    });
  const files = (command: string) => ({ "train.yml": component(command), "src/run.py": command });
  beforeAll(async () => {
    app = await createTestApp({ database });
    author = await app.as("data-scientist");
  });
  afterAll(() => app.stop());

  it("counts versions, and knows the same files again", async () => {
    expect(await register(files("one"))).toMatchObject({ name: "train", version: "1", type: "command" });
    expect(await register(files("two"))).toMatchObject({ version: "2" });
    expect(await register(files("one"))).toMatchObject({ version: "1" });
    const { items } = await author.component.get({ params: { ...params, name: "train" } });
    expect(items.map(({ version }) => version)).toEqual(["2", "1"]);
    const list = await author.component.list({ params });
    expect(list.items.map(({ name, version }) => `${name}:${version}`)).toEqual(["train:2"]);
  });

  it("never changes a version", async () => {
    await expect(register(files("three"), { version: "1" })).rejects.toMatchObject({ code: "conflict" });
  });

  it("refuses what is no component, with the place", async () => {
    const tree = await uploadText(author, "default", { "train.yml": "type: command\nname: t\nversion: 1\ncomand: ls" });
    await expect(author.component.create({ params, body: { tree, file: "train.yml" } })).rejects.toMatchObject({
      code: "invalid",
      issues: [{ at: "train.yml:1:1" }, { at: "train.yml:4:1" }],
    });
  });

  it("is what jobs name, pinned by what lies in its files", async () => {
    const validate = async (reference: string) => {
      const yaml = `type: pipeline\njobs: { a: { component: "${reference}", inputs: { lr: 1 } } }`;
      const tree = await uploadText(author, "default", { "job.yml": yaml });
      const { definition, issues } = await author.job.validate({ params, body: { tree, file: "job.yml", set: {} } });
      expect(issues).toEqual([]);
      const step = definition!.steps.a!;
      return step.type === undefined ? step.command.split(" ")[0] : undefined;
    };
    expect(await validate("azureml:train:1")).toBe("one");
    expect(await validate("azureml:train@latest")).toBe("two");
    expect(await validate("azureml:train")).toBe("two");
  });

  it("is for who may write", async () => {
    const reader = await app.as("reader");
    await expect(
      reader.component.create({ params, body: { tree: "0".repeat(64), file: "x.yml" } }),
    ).rejects.toMatchObject({ code: "forbidden" });
    expect((await reader.component.list({ params })).items).toHaveLength(1);
  });

  it("gives each of those that are registered at once a version of its own", async () => {
    const commands = ["a", "b", "c", "d", "e"];
    const made = await Promise.all(commands.map((command) => register(files(command), { name: "at-once" })));
    expect(made.map(({ version }) => version).sort()).toEqual(["1", "2", "3", "4", "5"]);
  });
});
