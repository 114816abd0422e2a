import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import type { Client } from "../../contract/client.ts";
import { ruleset } from "../../platform/model-file/index.ts";
import { registerModel, storeTree } from "../endpoint/model.fixture.ts";
import { createJobs, type DefinitionInput, definition, literal, out, outputOf, params, step } from "./job.fixture.ts";

describe.each(databases)("submitting jobs on %s", (database) => {
  let app: TestApp;
  let client: Client;
  let jobs: ReturnType<typeof createJobs>;
  /** Rows that submitting could leave behind. */
  const written = async () => {
    const tables = ["job", "execution", "task", "audit_event", "environment_version", "run"] as const;
    const rows = await Promise.all(tables.map((table) => app.ctx.db.selectFrom(table).selectAll().execute()));
    return rows.map(({ length }) => length);
  };

  beforeAll(async () => {
    app = await createTestApp({ database });
    client = await app.as("data-scientist");
    await app.tokenOf("owner");
    await app.tokenOf("reader");
    jobs = createJobs(client);
  });
  afterAll(() => app.stop());

  const wrong: [string, DefinitionInput, RegExp][] = [
    ["no step", definition({}), /steps: a job has at least one step/],
    [
      "a cycle",
      definition({
        a: step("x", { inputs: { i: outputOf("b") }, outputs: out }),
        b: step("x", { inputs: { i: outputOf("a") }, outputs: out }),
      }),
      /steps: the steps wait for each other in a circle: a → b → a/,
    ],
    [
      "a step that waits for itself",
      definition({ a: step("x", { inputs: { i: outputOf("a") }, outputs: out }) }),
      /a → a/,
    ],
    [
      "a required input without a value",
      definition({ a: step("x", { inputs: { rows: { type: "uri_file", binding: null } } }) }),
      /steps\.a\.inputs\.rows: a required input has no value/,
    ],
    [
      "a number that would be another one",
      definition({
        a: step("x", { inputs: { i: { type: "integer", binding: { from: "literal", value: 2 ** 53 } } } }),
      }),
      /inputs\.i\.binding\.value: a whole number beyond 9007199254740991 would become another one; write it as text/,
    ],
    [
      "an input that the job does not have",
      definition({ a: step("x", { inputs: { i: { type: "string", binding: { from: "input", input: "alpha" } } } }) }),
      /steps\.a\.inputs\.i: the job has no input "alpha"/,
    ],
    [
      "an input with a name that every object has",
      definition({
        a: step("x", { inputs: { i: { type: "string", binding: { from: "input", input: "toString" } } } }),
      }),
      /the job has no input "toString"/,
    ],
    [
      "an output of an unknown step",
      definition({ a: step("x", { inputs: { i: outputOf("constructor", "name") } }) }),
      /there is no output "name" of a step "constructor"/,
    ],
    [
      "an unknown output of a step",
      definition({ a: step("x", { outputs: out }), b: step("x", { inputs: { i: outputOf("a", "toString") } }) }),
      /steps\.b\.inputs\.i: there is no output "toString" of a step "a"/,
    ],
    [
      "an unknown asset",
      definition({
        a: step("x", {
          inputs: { i: { type: "uri_file", binding: { from: "asset", kind: "data", name: "nothing" } } },
        }),
      }),
      /There is no data asset "nothing"/i,
    ],
    ["code that is not stored", definition({ a: step("x", { code: "0".repeat(64) }) }), /There is no blob "0000/],
    [
      "an empty conda file",
      definition({ a: step("x", { environment: { name: null, condaFile: " ", image: null } }) }),
      /The conda file of step a is empty/,
    ],
    [
      "an output of the job that no step writes",
      definition({ a: step("x") }, { outputs: { o: { step: "a", output: "o" } } }),
      /outputs\.o: there is no output "o" of a step "a"/,
    ],
  ];
  it.each(wrong)("refuses %s, and writes nothing", async (_, body, message) => {
    const before = await written();
    await expect(jobs.submit(body)).rejects.toMatchObject({
      message: expect.stringMatching(message),
      code: expect.stringMatching(/^(invalid|not_found)$/),
    });
    expect(await written()).toEqual(before);
  });

  it.each<[string, unknown, string]>([
    ["an unknown field", { ...definition({ a: step("x") }), colour: "red" }, "body.definition"],
    ["a step name that is no name", definition({ "../a": step("x") }), "body.definition.steps"],
    ["no command", definition({ a: step("") }), "body.definition.steps.a.command"],
    ["too many retries", definition({ a: step("x", { maxRetries: 11 }) }), "body.definition.steps.a.maxRetries"],
    [
      "a path out of the tree",
      definition({
        a: step("x", {
          inputs: { i: { type: "uri_file", binding: { from: "tree", digest: "0".repeat(64), path: "../secret" } } },
        }),
      }),
      "body.definition.steps.a.inputs.i.binding.path",
    ],
  ])("says where %s is", async (_, body, at) => {
    const before = await written();
    const refused = jobs.submit(body as DefinitionInput);
    await expect(refused).rejects.toMatchObject({ code: "invalid", issues: [{ at: expect.stringContaining(at) }] });
    expect(await written()).toEqual(before);
  });

  it("takes a definition or a source, not both and not neither", async () => {
    const source = { tree: "0".repeat(64), file: "job.yml" };
    for (const body of [{}, { definition: definition({ a: step("x") }), source }]) {
      await expect(client.job.create({ params, body })).rejects.toMatchObject({
        code: "invalid",
        message: expect.stringContaining("give exactly one"),
      });
    }
  });

  it("points at line and column of bad YAML, and writes nothing", async () => {
    const tree = await storeTree(client, {
      "bad.yml": "type: command\ncommand: echo hello\nenvironment:\n  conda_file: env.yml\ncolour: red\n",
      "torn.yml": "type: [command\n",
      "lost.yml": "command: cat\ninputs:\n  rows:\n    type: uri_file\n    path: azureml:nothing:1\n",
    });
    const before = await written();
    const refused = client.job.create({ params, body: { source: { tree, file: "bad.yml" } } });
    await expect(refused).rejects.toMatchObject({
      code: "invalid",
      issues: expect.arrayContaining([
        expect.objectContaining({ at: "bad.yml:5:1", message: expect.stringContaining("colour") }),
      ]),
    });
    const torn = client.job.create({ params, body: { source: { tree, file: "torn.yml" } } });
    await expect(torn).rejects.toMatchObject({ issues: [{ at: expect.stringMatching(/^torn\.yml:\d+:\d+$/) }] });
    const lost = client.job.create({ params, body: { source: { tree, file: "lost.yml" } } });
    await expect(lost).rejects.toMatchObject({
      issues: [{ at: "lost.yml:5:11", message: 'there is no data asset "nothing"' }],
    });
    const absent = client.job.create({ params, body: { source: { tree, file: "absent.yml" } } });
    await expect(absent).rejects.toMatchObject({ code: "invalid", message: expect.stringContaining("absent.yml") });
    const outside = client.job.create({ params, body: { source: { tree, file: "../bad.yml" } } });
    await expect(outside).rejects.toMatchObject({ issues: [{ at: "body.source.file" }] });
    expect(await written()).toEqual(before);
    const verdict = await client.job.validate({ params, body: { tree, file: "bad.yml" } });
    expect(verdict).toMatchObject({ valid: false, definition: null });
  });

  it.each(["../x", "/etc/passwd", "a/../../x", "a//b", "C:\\x", "a\u0000b", "."])(
    "refuses a tree with the path %j",
    async (path) => {
      const digest = await storeTree(client, { f: "f" });
      const files = [{ path, digest, size: 1 }];
      await expect(client.blob.createTree({ params, body: { files } })).rejects.toMatchObject({
        code: "invalid",
        issues: [{ at: "body.files[0].path" }],
      });
    },
  );

  it("refuses a body that is too large, and says so", async () => {
    const authorization = `Bearer ${await app.tokenOf("data-scientist")}`;
    const send = (path: string, size: number) =>
      app.fetch(`http://localhost/api/v1/workspaces/default${path}`, {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify({ padding: "x".repeat(size) }),
      });
    const response = await send("/jobs", 17 * 1024 * 1024);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: "too_large", hint: expect.any(String) });
    expect((await send("/jobs", 15 * 1024 * 1024)).status).toBe(400);
  });

  it("stores no character that a database cannot hold, and does not fail at it", async () => {
    const body = definition({ a: step("x") }, { displayName: "a\u0000b" });
    const refused = await jobs.submit(body).then(
      () => "stored",
      (problem) => problem.code,
    );
    expect(refused).toBe(database === "postgres" ? "invalid" : "stored");
  });

  it("is one job per idempotency key, also when it is sent several times at once", async () => {
    const body = definition({ a: step("x") });
    const made = await Promise.all(Array.from({ length: 5 }, () => jobs.submit(body, "once")));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect((await jobs.submit(definition({ b: step("y") }), "once")).id).toBe(made[0]!.id);
    const rows = await app.ctx.db.selectFrom("job").select("id").where("idempotency_key", "=", "once").execute();
    expect(rows).toHaveLength(1);
  });

  it("pins names to what they stand for now", async () => {
    const owner = await app.as("owner");
    const first = await registerModel(owner, "pinned");
    await app.ctx.db.updateTable("model_check").set({ state: "accepted", ruleset }).execute();
    await owner.model.setAlias({ params: { ...params, name: "pinned", alias: "champion" }, body: { version: "1" } });
    const asset = { from: "asset" as const, kind: "model" as const, name: "pinned" };
    const { id } = await jobs.submit(
      definition(
        { a: step("x", { inputs: { latest: { type: "custom_model", binding: { ...asset } } } }) },
        {
          inputs: {
            champion: { type: "custom_model", binding: { ...asset, label: "champion", digest: "0".repeat(64) } },
          },
        },
      ),
    );
    await registerModel(owner, "pinned");
    await owner.model.setAlias({ params: { ...params, name: "pinned", alias: "champion" }, body: { version: "2" } });
    const { definition: kept } = await jobs.get(id);
    const pinned = { from: "asset", kind: "model", name: "pinned", version: "1", digest: first.digest };
    expect(kept.inputs.champion!.binding).toEqual(pinned);
    expect(kept.steps.a!.inputs.latest!.binding).toEqual(pinned);
  });

  it("lets only those submit and cancel who may", async () => {
    const { id } = await jobs.submit(definition({ a: step("x") }));
    const reader = await app.as("reader");
    const refused = { code: "forbidden" };
    await expect(createJobs(reader).submit(definition({ a: step("x") }))).rejects.toMatchObject(refused);
    await expect(reader.job.cancel({ params: { ...params, id }, body: {} })).rejects.toMatchObject(refused);
    await expect(reader.job.get({ params: { workspace: "other", id } })).rejects.toMatchObject({ code: "not_found" });
  });

  it("lists jobs page by page", async () => {
    const made = [];
    for (let index = 0; index < 5; index++) {
      made.push((await jobs.submit(definition({ a: step(`${index}`) }, { experiment: "paged" }))).id);
    }
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await client.job.list({ params, query: { limit: 2, experiment: "paged", after } });
      seen.push(...page.items.map(({ id }) => id));
      after = page.next;
    } while (after);
    expect(seen).toEqual(made.reverse());
    expect((await client.job.list({ params, query: { state: "failed", experiment: "paged" } })).items).toEqual([]);
  });

  it("lists jobs by a part of their name, in capitals or not", async () => {
    const submit = async (displayName: string) =>
      (await jobs.submit(definition({ a: step(displayName) }, { experiment: "named", displayName }))).id;
    const [share, churn] = [await submit("Train 50%_a"), await submit("Train CHURN")];
    const found = async (name: string) =>
      (await client.job.list({ params, query: { experiment: "named", name } })).items.map(({ id }) => id);
    expect(await found("train")).toEqual([churn, share]);
    expect(await found("Churn")).toEqual([churn]);
    expect(await found("%_")).toEqual([share]);
    expect(await found("n_c")).toEqual([]);
  });

  it("gives a literal as the text that the command gets", async () => {
    const { id } = await jobs.submit(definition({ a: step("x", { inputs: { i: literal("1e-3") } }) }));
    expect((await jobs.get(id)).steps).toMatchObject([{ name: "a", state: "pending", reuse: null }]);
  });
});
