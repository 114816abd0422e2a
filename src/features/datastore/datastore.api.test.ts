import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import type { DatastoreType } from "../../contract/datastore.ts";
import { createWorker } from "../agent/worker.fixture.ts";
import { createJobs, definition, params, step } from "../job/job.fixture.ts";

describe.each(databases)("datastores, on %s", (database) => {
  let root: string;
  let app: TestApp;
  let owner: Client;
  let scientist: Client;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "trainyard-stores-"));
    await mkdir(join(root, "own"));
    await mkdir(join(root, "blob", "deep"), { recursive: true });
    await writeFile(join(root, "own", "rows.csv"), "a\n1\n");
    await writeFile(join(root, "blob", "deep", "rows.csv"), "a\n2\n");
    const urlFolders = [
      `https://account.blob.core.windows.net/sets=${join(root, "blob")}`,
      `https://account.file.core.windows.net/share=${join(root, "own")}`,
      `azureml://datastores/mapped/paths=${join(root, "own")}:rw`,
    ].join(" ");
    app = await createTestApp({ database, loops: true, config: { urlFolders } });
    owner = await app.as("owner");
    scientist = await app.as("data-scientist");
  });
  afterAll(async () => {
    await app.stop();
    await rm(root, { recursive: true });
  });

  const put = (client: Client, name: string, type: DatastoreType, settings: Record<string, string>) =>
    client.datastore.put({ params: { ...params, name }, body: { type, settings } });
  const blob = { account_name: "account", container_name: "sets" };

  it.each<[DatastoreType, Record<string, string>, { url: string | null; folder: string | null }]>([
    ["azure_blob", blob, { url: "https://account.blob.core.windows.net/sets", folder: "blob" }],
    [
      "azure_file",
      { account_name: "account", file_share_name: "share" },
      { url: "https://account.file.core.windows.net/share", folder: "own" },
    ],
    [
      "azure_data_lake_gen2",
      { account_name: "account", filesystem: "sets" },
      { url: "https://account.blob.core.windows.net/sets", folder: "blob" },
    ],
    ["azure_data_lake_gen1", { store_name: "lake" }, { url: "adl://lake.azuredatalakestore.net", folder: null }],
    [
      "one_lake",
      { one_lake_workspace_name: "w", artifact: "l" },
      { url: "https://onelake.dfs.fabric.microsoft.com/w/l.Lakehouse", folder: null },
    ],
    ["hdfs", { name_node_address: "node:8020" }, { url: "hdfs://node:8020", folder: null }],
  ])("%s stands for a URL, and is read from the folder that was named for it", async (type, settings, expected) => {
    const folder = expected.folder && join(root, expected.folder);
    expect(await put(scientist, `of-${type}`, type, settings)).toMatchObject({ ...expected, folder, writable: false });
  });

  it("is a folder of the server only for those who run it, and never the installation's own", async () => {
    await expect(put(scientist, "own", "local", { path: join(root, "own") })).rejects.toMatchObject({
      code: "forbidden",
    });
    const made = await put(owner, "own", "local", { path: join(root, "own") });
    expect(made).toMatchObject({ url: null, folder: join(root, "own"), writable: true });
    for (const path of [app.ctx.config.home, join(app.ctx.config.home, "blobs"), "/", join(root, "none"), "relative"])
      await expect(put(owner, "bad", "local", { path })).rejects.toMatchObject({ code: "invalid" });
    const link = join(root, "link");
    for (const path of [app.ctx.config.home, join(app.ctx.config.home, "..")]) {
      await symlink(path, link);
      await expect(put(owner, "bad", "local", { path: link })).rejects.toMatchObject({ code: "invalid" });
      await rm(link);
    }
    await expect(put(owner, "bad", "azure_blob", { account_name: "a" })).rejects.toThrow(
      /needs the setting "container_name"/,
    );
  });

  it("is not the installation's own folder either when a link of the server is turned there later", async () => {
    const link = join(root, "turned");
    await symlink(join(root, "own"), link);
    await put(owner, "turned", "local", { path: link });
    const read = (name: string) => {
      const source = { from: "url" as const, url: "azureml://datastores/turned/paths/rows.csv" };
      return owner.data.create({ params: { ...params, name }, body: { source, type: "uri_file" } });
    };
    expect(await read("before")).toMatchObject({ version: "1" });
    await rm(link);
    await symlink(app.ctx.config.home, link);
    await expect(read("after")).rejects.toThrow(/holds what the installation keeps for itself/);
    await rm(link);
  });

  it("gives its files to data assets and jobs, and takes outputs of jobs", async () => {
    await put(owner, "own", "local", { path: join(root, "own") });
    await put(scientist, "sets", "azure_blob", blob);
    const of = (url: string) => ({ body: { source: { from: "url" as const, url }, type: "uri_file" as const } });
    const data = await scientist.data.create({
      params: { ...params, name: "rows" },
      ...of("azureml://datastores/sets/paths/deep/rows.csv"),
    });
    expect(data).toMatchObject({ source: "azureml://datastores/sets/paths/deep/rows.csv", size: 4, jobId: null });
    const outputs = { o: { type: "uri_file" as const, url: "azureml://datastores/own/paths/out/new.txt" } };
    const binding = { from: "url" as const, url: "azureml://datastores/own/paths/rows.csv" };
    const jobs = createJobs(scientist);
    const job = await jobs.submit(
      definition({ a: step("x", { inputs: { i: { type: "uri_file", binding } }, outputs }) }),
    );
    const worker = createWorker(await app.as("agent"), scientist);
    await worker.complete(await worker.claim("step"), { o: { o: "written" } });
    expect((await jobs.ended(job.id)).state).toBe("succeeded");
    expect(await readFile(join(root, "own", "out", "new.txt"), "utf8")).toBe("written");
  });

  it.each([
    ["a way out", "azureml://datastores/own/paths/../secret", /does not name a place below/],
    ["nothing there", "azureml://datastores/own/paths/none", /There is nothing at/],
    [
      "one that no folder was named for",
      "azureml://datastores/of-hdfs/paths/x",
      /which is hdfs:\/\/node:8020\/x, cannot be read/,
    ],
    [
      "one that nobody named",
      "azureml://datastores/nobody/paths/x",
      /azureml:\/\/datastores\/nobody\/paths\/x cannot be read/,
    ],
  ])("refuses %s", async (_, url, message) => {
    const body = { source: { from: "url" as const, url } };
    await expect(scientist.data.create({ params: { ...params, name: "x" }, body })).rejects.toThrow(message);
  });

  it("can be forgotten, and a folder named for its paths comes first", async () => {
    expect(await put(scientist, "mapped", "azure_blob", blob)).toMatchObject({
      folder: join(root, "own"),
      writable: true,
    });
    await scientist.datastore.delete({ params: { ...params, name: "mapped" } });
    const { items } = await scientist.datastore.list({ params });
    expect(items.map(({ name }) => name)).not.toContain("mapped");
    await expect(scientist.datastore.delete({ params: { ...params, name: "mapped" } })).rejects.toMatchObject({
      code: "not_found",
    });
  });
});
