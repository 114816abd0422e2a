import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestApp, databases, type TestApp } from "../../../test/support/app.ts";
import { fieldsOf } from "../../../test/support/schema-fields.ts";
import type { EnvironmentPayload } from "../../contract/agent.ts";
import type { Client } from "../../contract/client.ts";
import { commandStepSchema, type JobDetail, jobDefinitionSchema } from "../../contract/job.ts";
import { canonicalJson, sha256 } from "../../platform/digest.ts";
import { createWorker, leaseOf, type Worker } from "../agent/worker.fixture.ts";
import { createJobs, type DefinitionInput, definition, literal, out, params, step } from "./job.fixture.ts";

type Fields = Parameters<typeof step>[1] & object;
/** A field with two values, and what they do to the key: `why` says why they may do nothing. */
type Field = { from?: Fields; to: Fields } & ({ key: "differs" } | { key: "same" | "none"; why: string });

const conda = (packages: string) => ({ name: "e", condaFile: `dependencies: [${packages}]`, image: null });
const image = (name: string) => ({ name: null, condaFile: null, image: name });
const withPackages = (field: "files" | "uvProject", folder: string) =>
  ({
    environment: {
      name: null,
      condaFile: field === "files" ? "dependencies: [a=1]" : null,
      image: null,
      [field]: folder,
    },
  }) as Fields;
/** `context` is the name of one of the folders that the test makes. */
const builtFrom = (context: string, dockerfile: string) =>
  ({ environment: { name: null, condaFile: null, image: null, build: { context, dockerfile } } }) as Fields;
const input = (more: object) => ({ inputs: { alpha: { ...literal("1"), ...more } } }) as Fields;
const output = (more: object) => ({ outputs: { o: { type: "uri_folder", ...more } } }) as Fields;
const registered = (more: object) => output({ register: { name: "made", ...more } });
const asParallel = (more: object) => ({ parallel: { input: "alpha", entryScript: "score.py", ...more } }) as Fields;
const parallel = (more: object): Field => ({ key: "differs", from: asParallel({}), to: asParallel(more) });
const asDistributed = (more: object) => ({ distribution: { type: "pytorch", ...more } }) as Fields;
const distributed = (more: object): Field => ({ key: "differs", from: asDistributed({}), to: asDistributed(more) });
const when = (more: object) =>
  ({ when: { left: { from: "literal", value: 1 }, operator: ">=", right: 1, ...more } }) as Fields;

const onlyWhether = "decides whether and when it runs, not what it does";
const onlyChecked = "is checked when the job is submitted";
const onlyAttempts = "decides how often and for how long it is tried";
const replayed = "is done again when the result is reused";
const shown = "is only shown";
const described = "says where code came from, and the code is in the key by its content";

const codeOrigin = { url: "https://example.invalid/r.git", commit: null, folder: "" };

/** Every field of a step. One that is new has to be put here, and thought about. */
const stepFields: Record<string, Field> = {
  type: { key: "same", why: "a command is one, said or not", to: { type: "command" } },
  displayName: { key: "same", why: shown, to: { displayName: "Train" } },
  "inputs.*.type": { key: "differs", to: input({ type: "integer" }) },
  "inputs.*.optional": { key: "same", why: onlyChecked, to: input({ optional: true }) },
  "inputs.*.min": { key: "same", why: onlyChecked, to: input({ min: 0 }) },
  "inputs.*.max": { key: "same", why: onlyChecked, to: input({ max: 9 }) },
  "inputs.*.enum": { key: "same", why: onlyChecked, to: input({ enum: ["1"] }) },
  "inputs.*.binding": { key: "differs", to: input({ binding: { from: "literal", value: "2" } }) },
  "inputs.*.mode": {
    key: "same",
    why: "a URL that a step reads itself gives it no key at all",
    to: input({ mode: "direct" }),
  },
  "outputs.*.type": { key: "differs", to: output({ type: "uri_file" }) },
  "outputs.*.register.name": { key: "same", why: replayed, to: registered({}) },
  "outputs.*.register.version": { key: "same", why: replayed, to: registered({ version: "7" }) },
  "outputs.*.url": { key: "same", why: replayed, to: output({ url: "https://example.invalid/o" }) },
  after: { key: "same", why: onlyWhether, to: { after: ["ready"] } },
  "when.left": { key: "same", why: onlyWhether, to: when({}) },
  "when.field": {
    key: "same",
    why: onlyWhether,
    to: when({ left: { from: "literal", value: '{"a":1}' }, field: ["a"] }),
  },
  "when.operator": { key: "same", why: onlyWhether, to: when({ operator: "==" }) },
  "when.right": { key: "same", why: onlyWhether, to: when({ right: 0 }) },
  command: { key: "differs", to: { command: "train -v" } },
  code: { key: "differs", to: {} },
  "codeOrigin.url": { key: "same", why: described, to: { codeOrigin } },
  "codeOrigin.commit": { key: "same", why: described, to: { codeOrigin: { ...codeOrigin, commit: "c".repeat(40) } } },
  "codeOrigin.folder": { key: "same", why: described, to: { codeOrigin: { ...codeOrigin, folder: "train" } } },
  "environment.name": {
    key: "same",
    why: "names mean something else tomorrow",
    to: { environment: { ...conda("a=1"), name: "f" } },
  },
  "environment.condaFile": { key: "differs", to: { environment: conda("a=2") } },
  "environment.image": {
    key: "differs",
    from: { environment: image("python:3.12") },
    to: { environment: image("python:3.13") },
  },
  "environment.files": { key: "differs", to: withPackages("files", "context") },
  "environment.uvProject": { key: "differs", to: withPackages("uvProject", "project") },
  "environment.build.context": {
    key: "differs",
    from: builtFrom("context", "Dockerfile"),
    to: builtFrom("other context", "Dockerfile"),
  },
  "environment.build.dockerfile": {
    key: "differs",
    from: builtFrom("context", "Dockerfile"),
    to: builtFrom("context", "Other"),
  },
  "environmentVariables.*": { key: "differs", to: { environmentVariables: { A: "1" } } },
  "secrets.*": { key: "differs", to: { secrets: { A: "door" } } },
  deterministic: { key: "none", why: "it runs every time", to: { deterministic: false } },
  maxAgeSeconds: { key: "same", why: "decides which results are taken", to: { maxAgeSeconds: 60 } },
  forceRerun: { key: "same", why: onlyWhether, to: { forceRerun: true } },
  "debug.port": { key: "none", why: "who debugs it may change what it does", to: { debug: { port: 5678 } } },
  maxRetries: { key: "same", why: onlyAttempts, to: { maxRetries: 3 } },
  "retry.delaySeconds": { key: "same", why: onlyAttempts, to: { retry: { delaySeconds: 3 } } },
  "retry.factor": { key: "same", why: onlyAttempts, to: { retry: { factor: 3 } } },
  "retry.capSeconds": { key: "same", why: onlyAttempts, to: { retry: { capSeconds: 3 } } },
  queueTimeoutSeconds: { key: "same", why: onlyAttempts, to: { queueTimeoutSeconds: 999 } },
  timeoutSeconds: { key: "same", why: onlyAttempts, to: { timeoutSeconds: 999 } },
  deadlineSeconds: { key: "same", why: onlyAttempts, to: { deadlineSeconds: 999 } },
  compute: {
    key: "same",
    why: "is where it runs; what differs there is in the key by itself",
    to: { compute: "second" },
  },
  "resources.cpus": { key: "same", why: "is how fast it is", to: { resources: { cpus: 2 } } },
  "resources.memoryMb": {
    key: "same",
    why: "with too little it fails, with enough it is the same",
    to: { resources: { memoryMb: 99 } },
  },
  "resources.gpus": { key: "differs", to: { resources: { gpus: 1 } } },
  network: {
    key: "differs",
    from: { environment: image("boxed"), compute: "boxed" },
    to: { environment: image("boxed"), compute: "boxed", network: true },
  },
  "container.shmMb": {
    key: "same",
    why: "with too little it fails, with enough it is the same",
    to: { container: { shmMb: 99 } },
  },
  "container.arguments": {
    key: "same",
    why: "are limits, which it keeps or fails by",
    to: { container: { arguments: ["--pids-limit=99"] } },
  },
  "parallel.input": parallel({ input: "beta" }),
  "parallel.entryScript": parallel({ entryScript: "other.py" }),
  "parallel.programArguments": parallel({ programArguments: "-v" }),
  "parallel.miniBatchSize": parallel({ miniBatchSize: "2" }),
  "parallel.partitionKeys": parallel({ partitionKeys: ["region"] }),
  "parallel.instanceCount": parallel({ instanceCount: 2 }),
  "parallel.maxConcurrencyPerInstance": parallel({ maxConcurrencyPerInstance: 2 }),
  "parallel.errorThreshold": parallel({ errorThreshold: 2 }),
  "parallel.miniBatchErrorThreshold": parallel({ miniBatchErrorThreshold: 2 }),
  "parallel.miniBatchRetries": parallel({ miniBatchRetries: 7 }),
  "parallel.miniBatchTimeoutSeconds": parallel({ miniBatchTimeoutSeconds: 7 }),
  "parallel.appendRowTo.output": parallel({ appendRowTo: { output: "o", file: "rows.txt" } }),
  "parallel.appendRowTo.file": parallel({ appendRowTo: { output: "o", file: "lines.txt" } }),
  "parallel.loggingLevel": parallel({ loggingLevel: "DEBUG" }),
  "distribution.type": distributed({ type: "mpi" }),
  "distribution.instanceCount": distributed({ instanceCount: 2 }),
  "distribution.processesPerInstance": distributed({ processesPerInstance: 2 }),
  "distribution.workers": distributed({ workers: 2 }),
  "distribution.parameterServers": distributed({ parameterServers: 2 }),
};

/** Of the job around the steps; its inputs and outputs are those of the steps. */
const jobFields: Record<string, { to: Partial<DefinitionInput>; why: string }> = {
  type: { why: shown, to: { type: "command" } },
  name: { why: shown, to: { name: "named" } },
  displayName: { why: shown, to: { displayName: "other" } },
  experiment: {
    why: "is where its run is noted; a step that reads it is not deterministic",
    to: { experiment: "other" },
  },
  description: { why: shown, to: { description: "other" } },
  "tags.*": { why: shown, to: { tags: { a: "b" } } },
  continueOnStepFailure: { why: onlyWhether, to: { continueOnStepFailure: true } },
  timeoutSeconds: { why: onlyAttempts, to: { timeoutSeconds: 99 } },
  forceRerun: { why: onlyWhether, to: { forceRerun: true } },
  priority: { why: onlyWhether, to: { priority: 3 } },
};

it("is decided for every field of a step, and of a job", () => {
  expect(Object.keys(stepFields).sort()).toEqual(fieldsOf(commandStepSchema).sort());
  const { inputs: _, outputs: __, steps: ___, ...job } = jobDefinitionSchema.shape;
  expect(Object.keys(jobFields).sort()).toEqual(fieldsOf(z.object(job)).sort());
});

describe.each(databases)("the key of a step on %s", (database) => {
  let app: TestApp;
  let client: Client;
  let jobs: ReturnType<typeof createJobs>;
  let worker: Worker;
  const stopping = new AbortController();
  let building: Promise<void>;
  const made = new Map<string, string>();

  /** Locks environments, and says what images mean, as an agent that does so at once. */
  async function build(agent: Client): Promise<void> {
    while (!stopping.signal.aborted) {
      const body = { agent: "builder", kinds: ["environment"], max: 10, waitMs: 200 };
      for (const task of (await agent.agent.claim({ body })).tasks) {
        const { image, build, condaFile, files, uvProject } = task.payload as EnvironmentPayload;
        const content = image ?? build?.specification;
        const lock = content ? `sha256:${sha256(content)}` : canonicalJson({ condaFile, files, uvProject });
        const result = { platform: content ? "container" : "linux-x64", lock };
        await agent.agent.complete({ body: { ...leaseOf(task), result } });
      }
    }
  }

  const base = (): Fields => ({
    ...{ environment: conda("a=1"), code: made.get("code")!, outputs: out },
    inputs: { alpha: literal("1") },
  });
  const variant = ({ command = "train", ...more }: Fields) => step(command, { ...base(), ...more });
  const isDecided = (job: JobDetail): boolean =>
    job.steps.every(({ kind, reuse, endedAt }) => kind !== "command" || reuse !== null || endedAt !== null);
  const keyIn = (job: JobDetail, name: string) => job.steps.find((one) => one.name === name)?.reuse?.key ?? null;

  /** The keys of steps, all in one job, which is stopped when it is known what they are. */
  async function keysOf(steps: Record<string, Fields>): Promise<Record<string, string | null>> {
    const all = Object.entries(steps).map(([name, more]) => [name, variant(more)] as const);
    const ready = step("ready", { deterministic: false });
    const body = definition({ ready, ...Object.fromEntries(all) }, { continueOnStepFailure: true });
    const { id } = await jobs.submit(body);
    const first = await worker.claim();
    expect(first.task).toBe("ready");
    await worker.complete(first);
    const job = await jobs.until(id, isDecided);
    await client.job.cancel({ params: { ...params, id }, body: {} });
    await jobs.ended(id);
    return Object.fromEntries(all.map(([name]) => [name, keyIn(job, name)]));
  }

  const tree = async (contents: Record<string, string>): Promise<string> => {
    const files = Object.entries(contents).map(async ([path, text]) => {
      const body = new TextEncoder().encode(text);
      return { path, ...(await client.blob.put({ params: { ...params, digest: sha256(body) }, body })) };
    });
    return (await client.blob.createTree({ params, body: { files: await Promise.all(files) } })).digest;
  };

  beforeAll(async () => {
    app = await createTestApp({ database, loops: true });
    client = await app.as("owner");
    jobs = createJobs(client);
    const agent = await app.as("agent");
    worker = createWorker(agent, client);
    building = build(agent);
    await client.compute.create({ body: { name: "second", kind: "local" } });
    await client.compute.create({ body: { name: "boxed", kind: "container" } });
    await client.compute.create({ body: { name: "open", kind: "container", network: true } });
    await client.secret.set({ params: { ...params, name: "door" }, body: { value: "sesame" } });
    made.set("code", await tree({ "train.py": "1" }));
  });
  afterAll(async () => {
    stopping.abort();
    await building;
    await app.stop();
  });

  it("differs when a field does that may change the result, and only then", async () => {
    const other = await tree({ "train.py": "2" });
    for (const [name, text] of Object.entries({ context: "FROM a", "other context": "FROM b" })) {
      made.set(name, await tree({ Dockerfile: text, Other: text }));
    }
    made.set("project", await tree({ "pyproject.toml": "[project]", "uv.lock": "version = 1" }));
    const withFolder = (given: Fields = {}): Fields => {
      const { build, files, uvProject } = given.environment ?? {};
      if (build) return builtFrom(made.get(build.context)!, build.dockerfile);
      if (files) return withPackages("files", made.get(files)!);
      return uvProject ? withPackages("uvProject", made.get(uvProject)!) : given;
    };
    const fields = Object.entries(stepFields).map(([path, field]): [string, Field] => {
      if (path === "code") return [path, { ...field, to: { code: other } }];
      return [path, { ...field, from: withFolder(field.from), to: withFolder(field.to) }];
    });
    const steps = fields.flatMap(([, { from = {}, to }], at) => [
      [`from_${at}`, from] as const,
      [`to_${at}`, { ...from, ...to }] as const,
    ]);
    const keys = await keysOf(Object.fromEntries(steps));
    const found = fields.map(([path], at) => {
      const [from, to] = [keys[`from_${at}`], keys[`to_${at}`]];
      expect(from, path).not.toBeNull();
      return [path, to === null ? "none" : to === from ? "same" : "differs"];
    });
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(fields.map(([path, { key }]) => [path, key])));
  });

  it("knows whether a container may reach the network, whoever says so", async () => {
    const on = (compute: string, more: Fields = {}) => ({ environment: image("boxed"), compute, ...more });
    const keys = await keysOf({
      closed: on("boxed"),
      asked: on("boxed", { network: true }),
      open: on("open"),
      local: {},
      asking: { network: true },
    });
    expect(keys.asked).toBe(keys.open);
    expect(keys.asked).not.toBe(keys.closed);
    // A process of the machine reaches what the machine reaches.
    expect(keys.asking).toBe(keys.local);
  });

  it("knows nothing of the job around it, nor where its code came from", async () => {
    const one = (more: Partial<DefinitionInput>) => definition({ one: variant({}) }, more);
    const snapshot = (commit: string, diff: string) => ({
      ...{ commit: commit.repeat(40), branch: "main", remote: null, file: "job.yml", dirty: diff !== "", diff },
      ...{ diffCut: false, untracked: [] },
    });
    const bodies = [
      { definition: one({}) },
      ...Object.values(jobFields).map(({ to }) => ({ definition: one(to) })),
      { definition: one({}), code: snapshot("a", "") },
      { definition: one({}), code: snapshot("b", "+ print('changed')") },
    ];
    const keys = await Promise.all(
      bodies.map(async (body) => {
        const { id } = await client.job.create({ params, body });
        const job = await jobs.until(id, isDecided);
        await client.job.cancel({ params: { ...params, id }, body: {} });
        await jobs.ended(id);
        return keyIn(job, "one");
      }),
    );
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(keys).size).toBe(1);
  });
});
