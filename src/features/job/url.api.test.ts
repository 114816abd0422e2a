// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import type { StepPayload } from "../../contract/agent.ts";
import { definition, logMetric, outputOf, params, step } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";

const input = (url: string, type: "uri_file" | "uri_folder" = "uri_file") => ({
  type,
  binding: { from: "url" as const, url },
});

describe.each(databases)("what lies at URLs, on %s", (database) => {
  let { app, client, jobs, worker } = {} as JobBench;
  let folder: string;
  let server: Server;
  let base: string;
  const asked: (string | undefined)[] = [];
  let broken = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "trainyard-urls-"));
    await mkdir(join(folder, "data", "deep"), { recursive: true });
    await mkdir(join(folder, "store"));
    await writeFile(join(folder, "data", "iris.csv"), "a,b\n1,2\n");
    await writeFile(join(folder, "data", "deep", "more.csv"), "a,b\n3,4\n");
    await writeFile(join(folder, "secret"), "s");
    await mkdir(join(folder, "linked"));
    await symlink(join(folder, "secret"), join(folder, "linked", "out"));
    await symlink(folder, join(folder, "linked", "up"));
    execFileSync("mkfifo", [join(folder, "linked", "pipe")]);
    server = createServer((request, response) => {
      asked.push(request.headers["if-none-match"]);
      if (request.url === "/huge") return response.writeHead(200, { "content-length": 21 * 1024 ** 3 }).end("x");
      if (request.url === "/broken") {
        response.writeHead(200, { "content-length": 12 }).write("whole ");
        // It breaks off, once.
        return broken++ === 0 ? setTimeout(() => response.destroy(), 20) : response.end("answer");
      }
      if (request.url === "/away") return response.writeHead(302, { location: `${base}/file.csv` }).end();
      if (request.url !== "/file.csv") return response.writeHead(404).end();
      if (request.headers["if-none-match"] === '"one"') return response.writeHead(304).end();
      return response.writeHead(200, { etag: '"one"' }).end("x,y\n5,6\n");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const urlFolders = [
      `https://example.org/sets=${join(folder, "data")}`,
      `https://example.org/linked=${join(folder, "linked")}`,
      `azureml://datastores/store/paths=${join(folder, "store")}:rw`,
      `azureml://datastores/fixed/paths=${join(folder, "data")}`,
    ].join(" ");
    ({ app, client, jobs, worker } = await startJobBench({
      database,
      role: "data-scientist",
      config: { urlFolders, urlDownloads: "any" },
    }));
  });
  afterAll(async () => {
    await app.stop();
    server.close();
    await rm(folder, { recursive: true });
  });

  /** The files that the only step of a job is given, as `path: text`. */
  const filesOf = async (id: string, name = "i"): Promise<string[]> => {
    const claim = await worker.claim("step");
    expect(claim.payload, id).toBeDefined();
    const given = (claim.payload as StepPayload).inputs[name]!;
    await worker.complete(claim);
    if (given.kind === "value") return [given.value];
    const { files } = await client.blob.getTree({ params: { ...params, digest: given.tree } });
    const texts = await Promise.all(files.map(async ({ path, digest }) => `${path}: ${await textOf(digest)}`));
    return given.path === null ? texts : texts.filter((text) => text.startsWith(`${given.path}: `));
  };
  const textOf = async (digest: string) => Buffer.from(await app.ctx.blobs.bytes(digest)).toString();

  it.each([
    ["a file", "https://example.org/sets/iris.csv", "uri_file", ["iris.csv: a,b\n1,2\n"]],
    ["a folder", "https://example.org/sets/", "uri_folder", ["deep/more.csv: a,b\n3,4\n", "iris.csv: a,b\n1,2\n"]],
    [
      "a datastore's path",
      "azureml://subscriptions/s/resourcegroups/r/workspaces/w/datastores/fixed/paths/deep",
      "uri_folder",
      ["more.csv: a,b\n3,4\n"],
    ],
  ] as const)("takes %s from the folder that holds its content", async (_, url, type, expected) => {
    const job = await jobs.submit(
      definition({ a: step("x", { inputs: { i: input(url, type) }, deterministic: false }) }),
    );
    expect(await filesOf(job.id)).toEqual(expected);
    expect((await jobs.ended(job.id)).steps.map(({ kind, state }) => [kind, state])).toEqual([
      ["fetch", "succeeded"],
      ["command", "succeeded"],
    ]);
  });

  it("reuses a step while what lies there is the same, and runs it when it changed", async () => {
    const wanted = definition({ a: step("same", { inputs: { i: input("https://example.org/sets/iris.csv") } }) });
    const first = await jobs.submit(wanted);
    expect(await filesOf(first.id)).toEqual(["iris.csv: a,b\n1,2\n"]);
    expect((await jobs.ended((await jobs.submit(wanted)).id)).steps.at(-1)!.state).toBe("reused");
    await writeFile(join(folder, "data", "iris.csv"), "a,b\n7,8\n");
    const changed = await jobs.submit(wanted);
    expect(await filesOf(changed.id)).toEqual(["iris.csv: a,b\n7,8\n"]);
    expect((await jobs.ended(changed.id)).steps.at(-1)!.reuse?.reason).toMatch(/changed since job .*: input i/);
  });

  it("downloads, follows redirects, and asks whether it has changed", async () => {
    for (const url of [`${base}/away`, `${base}/file.csv`, `${base}/file.csv`]) {
      const job = await jobs.submit(definition({ a: step("x", { inputs: { i: input(url) }, deterministic: false }) }));
      expect(await filesOf(job.id)).toEqual([`${url.split("/").at(-1)}: x,y\n5,6\n`]);
      await jobs.ended(job.id);
    }
    expect(asked).toEqual([undefined, undefined, undefined, '"one"']);
  });

  it("tells a step the URL itself when it asks for it, and does not reuse it", async () => {
    const direct = { ...input("https://example.com/other.csv"), mode: "direct" as const };
    const job = await jobs.submit(definition({ a: step("x", { inputs: { i: direct } }) }));
    expect(await filesOf(job.id)).toEqual(["https://example.com/other.csv"]);
    expect((await jobs.ended(job.id)).steps.at(-1)!.reuse).toMatchObject({ status: "disabled", reason: /by itself/ });
  });

  it.each([
    [
      "nothing there",
      "https://example.org/sets/none.csv",
      /There is nothing at https:\/\/example\.org\/sets\/none\.csv/,
    ],
    ["a way out of the folder", "https://example.org/sets/%2e%2e/secret", /does not name a place below the folder/],
    ["a link that leads out of it", "https://example.org/linked/out", /is a link that leads out/],
    ["a folder behind a link that leads out", "https://example.org/linked/up", /is a link that leads out/],
    ["a file behind a link that leads out", "https://example.org/linked/up/secret", /is a link that leads out/],
    ["a pipe, which nobody writes to", "https://example.org/linked/pipe", /pipe is neither a file nor a folder/],
    ["half a way out", "https://example.org/sets/..%2fsecret", /does not name a place below the folder/],
    ["a datastore that nobody gave a folder", "azureml://datastores/other/paths/x", /cannot be read from here/],
  ])("fails with %s", async (_, url, message) => {
    const job = await jobs.submit(definition({ a: step("x", { inputs: { i: input(url) } }) }));
    const ended = await jobs.ended(job.id);
    expect(ended.state).toBe("failed");
    expect(ended.error).toMatch(message);
  });

  it("takes no part of a download for the whole", async () => {
    const job = await jobs.submit(definition({ a: step("x", { inputs: { i: input(`${base}/broken`) } }) }));
    expect(await filesOf(job.id)).toEqual(["broken: whole answer"]);
    expect((await jobs.ended(job.id)).steps[0]).toMatchObject({ attempt: 2 });
  });

  it("does not begin with a download that is larger than any may be", async () => {
    const job = await jobs.submit(definition({ a: step("x", { inputs: { i: input(`${base}/huge`) } }) }));
    expect((await jobs.ended(job.id)).error).toMatch(/huge has more than 21474836480 bytes/);
  });

  it("shows no password and no signature of a URL", async () => {
    const secret = `${base.replace("//", "//ada:pass-word@")}/none?sig=sig-nature`;
    const job = await jobs.submit(definition({ a: step("x", { inputs: { i: input(secret) } }) }));
    const { error, steps } = await jobs.ended(job.id);
    expect(error).toMatch(/none answered 404/);
    const { items } = await (await app.as("owner")).audit.list({ query: { subject: `job/${job.id}` } });
    expect(items).not.toEqual([]);
    expect(JSON.stringify({ error, steps, items })).not.toMatch(/pass-word|sig-nature/);
  });

  it("writes no output through a link to another folder", async () => {
    await symlink(join(folder, "data"), join(folder, "store", "elsewhere"));
    const outputs = { o: { type: "uri_file" as const, url: "azureml://datastores/store/paths/elsewhere/x" } };
    const job = await jobs.submit(definition({ a: step("through", { outputs }) }));
    await worker.complete(await worker.claim("step"), { o: { o: "text" } });
    expect((await jobs.ended(job.id)).error).toMatch(/elsewhere is a link that leads out of its folder/);
    await rm(join(folder, "store", "elsewhere"));
    expect(await readdir(join(folder, "data"))).toEqual(["deep", "iris.csv"]);
  });

  it("writes the only file of a folder into that folder, also one that is there already", async () => {
    await mkdir(join(folder, "store", "there"));
    const outputs = { o: { type: "uri_folder" as const, url: "azureml://datastores/store/paths/there" } };
    const job = await jobs.submit(definition({ a: step("folder", { outputs }) }));
    await worker.complete(await worker.claim("step"), { o: { "one.txt": "in it" } });
    expect((await jobs.ended(job.id)).state).toBe("succeeded");
    expect(await readFile(join(folder, "store", "there", "one.txt"), "utf8")).toBe("in it");
    await rm(join(folder, "store", "there"), { recursive: true });
  });

  it("fails at once with an output that cannot be written where it is to lie", async () => {
    await mkdir(join(folder, "store", "taken", "one"), { recursive: true });
    const outputs = { o: { type: "uri_file" as const, url: "azureml://datastores/store/paths/taken/one" } };
    const job = await jobs.submit(definition({ a: step("taken", { outputs }) }));
    await worker.complete(await worker.claim("step"), { o: { one: "text" } });
    const ended = await jobs.ended(job.id);
    expect(ended.state).toBe("failed");
    expect(ended.error).toMatch(/taken\/one cannot be written: /);
    await rm(join(folder, "store", "taken"), { recursive: true });
  });

  it("writes outputs where they are to lie, and skips that where the server does not write", async () => {
    const to = (url: string) => ({ o: { type: "uri_file" as const, url } });
    const job = await jobs.submit(
      definition(
        {
          a: step("a", { outputs: to("azureml://datastores/${{default_datastore}}/paths/x") }),
          b: step("b", {
            inputs: { i: outputOf("a") },
            outputs: to("azureml://datastores/store/paths/${{name}}/out.txt"),
          }),
        },
        { name: "mine" },
      ),
    );
    for (let steps = 0; steps < 2; steps++) await worker.complete(await worker.claim("step"), { o: { o: "written" } });
    const ended = await jobs.ended(job.id);
    expect(ended.state).toBe("succeeded");
    expect(ended.steps.map(({ displayName, state }) => `${displayName}: ${state}`)).toEqual([
      "a: succeeded",
      "store azureml://datastores/${{default_datastore}}/paths/x: skipped",
      "b: succeeded",
      "store azureml://datastores/store/paths/mine/out.txt: succeeded",
    ]);
    expect(await readFile(join(folder, "store", "mine", "out.txt"), "utf8")).toBe("written");
  });

  it("writes nothing there of a sample, and nothing of a step that is run again alone", async () => {
    const outputs = { o: { type: "uri_file" as const, url: "azureml://datastores/store/paths/scores.csv" } };
    const body = definition({ score: step("score", { outputs, deterministic: false }) });
    const submit = (sample?: { rows: number }) => client.job.create({ params, body: { definition: body, sample } });
    const again = (id: string) => client.job.rerun({ params: { ...params, id }, body: { only: "score" } });
    const write = async ({ id }: { id: string }, text: string) => {
      await worker.complete(await worker.claim("step"), { o: { "scores.csv": text } });
      expect((await jobs.ended(id)).state).toBe("succeeded");
      return id;
    };
    const whole = await write(await submit(), "all");
    await write(await submit({ rows: 2 }), "of a sample");
    await write(await again(whole), "tried");
    expect(await readFile(join(folder, "store", "scores.csv"), "utf8")).toBe("all");
  });

  it("writes of a sweep what the best trial made, and nothing of the others", async () => {
    const outputs = { o: { type: "uri_file" as const, url: "azureml://datastores/store/paths/best.txt" } };
    const tune = {
      ...{ type: "sweep" as const, outputs },
      trial: step("train", { outputs, deterministic: false }),
      searchSpace: { lr: { type: "choice" as const, values: [0.1, 0.2] } },
      objective: { goal: "maximize" as const, primaryMetric: "score" },
      sampling: { type: "grid" as const },
      limits: { maxConcurrentTrials: 1 },
    };
    const job = await jobs.submit(definition({ tune }));
    const written = () => readFile(join(folder, "store", "best.txt"), "utf8").catch(() => "nothing");
    for (const score of [2, 1]) {
      const trial = await worker.claim("step");
      expect(await written()).toBe("nothing");
      await logMetric(app, trial, "score", score);
      await worker.complete(trial, { o: { "best.txt": `scored ${score}` } });
    }
    expect((await jobs.ended(job.id)).state).toBe("succeeded");
    expect(await written()).toBe("scored 2");
  });
});

describe.each(databases)("what lies at URLs inside, on %s", (database) => {
  let { app, jobs } = {} as JobBench;
  beforeAll(async () => {
    ({ app, jobs } = await startJobBench({ database, role: "data-scientist" }));
  });
  afterAll(() => app.stop());

  it("is never asked for, however the address is spelt", async () => {
    let asked = 0;
    const server = createServer((_, response) => response.end(String(++asked)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const hosts = ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0", "[::ffff:7f00:1]"];
    const steps = Object.fromEntries(
      hosts.map((host, at) => [`s${at}`, step("x", { inputs: { i: input(`http://${host}:${port}/`) } })]),
    );
    const { id } = await jobs.submit(definition(steps, { continueOnStepFailure: true }));
    const job = await jobs.ended(id);
    const fetches = job.steps.filter(({ kind }) => kind === "fetch");
    expect(fetches).toHaveLength(hosts.length);
    for (const { error } of fetches) expect(error).toMatch(/is not an address on the public internet/);
    expect(asked).toBe(0);
    server.close();
  });
});
