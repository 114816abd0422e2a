import type { Client } from "../../../src/contract/client.ts";
import { Problem } from "../../../src/contract/errors.ts";
import { type JobDefinition, jobDefinitionSchema } from "../../../src/contract/job.ts";
import { sleep } from "../../../src/platform/clock.ts";
import { sha256 } from "../../../src/platform/digest.ts";
import { linearByColumn } from "../../../src/serving/fixtures/onnx.ts";
import type { ServerProcess } from "../../support/server-process.ts";

const params = { workspace: "default" };

export interface Round {
  jobId: string;
  release: number;
}

async function putFile(client: Client, bytes: Uint8Array, path: string): Promise<string> {
  const digest = sha256(bytes);
  await client.blob.put({ params: { ...params, digest }, body: bytes });
  return (await client.blob.createTree({ params, body: { files: [{ path, digest, size: bytes.length }] } })).digest;
}

/** Stages, and a model to release; safe to repeat. */
export async function prepare(client: Client): Promise<{ code: string; model: string }> {
  const smoke = { type: "smoke" as const };
  const tests = { type: "tests" as const };
  await client.stage.put({
    params: { ...params, name: "TEST" },
    body: { order: 1, endpoint: "chaos-test", checks: [tests, smoke] },
  });
  const production = {
    order: 2,
    endpoint: "chaos-prd",
    alias: "champion",
    checks: [{ type: "approval" as const }, smoke],
  };
  await client.stage.put({ params: { ...params, name: "PRD" }, body: production });
  const model = await putFile(client, linearByColumn({ width: 2, height: 3 }, 1), "model.onnx");
  const pipeline = [
    "steps:",
    '- script: printf \'<testsuite><testcase name="one" classname="c" time="0"/></testsuite>\' > r.xml',
    "  displayName: test",
    "- task: PublishTestResults@2",
    "  inputs:",
    "    testResultsFormat: JUnit",
    "    testResultsFiles: r.xml",
  ].join("\n");
  const code = await putFile(client, new TextEncoder().encode(pipeline), "azure-pipelines.yml");
  return { code, model };
}

/** Steps that leave a line in a file outside for every time they really run. */
function definition(round: number, effects: string): JobDefinition {
  const environment = { name: null, condaFile: null, image: null };
  const step = (name: string, from: string[], retries = 0) => ({
    command: `echo ${round}.${name} >> ${effects}; sleep 0.1; ${from.map((it) => `cat \${{inputs.${it}}}/o >> \${{outputs.o}}/o;`).join(" ")} echo ${round}.${name} >> \${{outputs.o}}/o`,
    code: null,
    environment,
    maxRetries: retries,
    inputs: Object.fromEntries(
      from.map((it) => [
        it,
        { type: "uri_folder" as const, binding: { from: "step" as const, step: it, output: "o" } },
      ]),
    ),
    outputs: { o: { type: "uri_folder" as const } },
  });
  return jobDefinitionSchema.parse({
    type: "pipeline",
    displayName: `round ${round}`,
    experiment: "chaos",
    steps: { a: step("a", []), b: step("b", ["a"]), c: step("c", ["a"]), d: step("d", ["b", "c"]) },
  });
}

/** One turn of the loop: a pipeline, a build, a release with its approval. Every call carries a key or may be repeated. */
export async function playRound(server: ServerProcess, round: number, given: Given): Promise<Round> {
  const { jobId, release, manifestDigest } = await releaseUpToApproval(server, round, given);
  const at = { ...params, number: release };
  await approve(server, release, manifestDigest);
  await until(async () => (await server.client().release.get({ params: at })).endedAt !== null);
  return { jobId, release };
}

interface Given {
  effects: string;
  code: string;
  model: string;
}

/** The turn up to where a person is asked. */
export async function releaseUpToApproval(
  server: ServerProcess,
  round: number,
  given: Given,
): Promise<Round & { manifestDigest: string }> {
  const client = server.client();
  const idempotencyKey = `round-${round}`;
  const job = await client.job.create({
    params,
    body: { definition: definition(round, given.effects), idempotencyKey },
  });
  await until(async () => (await client.job.get({ params: { ...params, id: job.id } })).endedAt !== null);
  const version = await client.model.createVersion({ params: { ...params, name: "m" }, body: { tree: given.model } });
  const build = await client.build.create({
    params,
    body: {
      name: "chaos",
      tree: given.code,
      file: "azure-pipelines.yml",
      models: [{ name: "m", version: version.version }],
      idempotencyKey,
    },
  });
  await until(async () => (await client.build.get({ params: { ...params, number: build.number } })).endedAt !== null);
  const { number, manifestDigest } = await client.release.create({
    params,
    body: { build: build.number, idempotencyKey },
  });
  const at = { ...params, number };
  await until(async () => (await client.release.get({ params: at })).state !== "running");
  return { jobId: job.id, release: number, manifestDigest };
}

async function approve(server: ServerProcess, number: number, manifestDigest: string): Promise<void> {
  const owner = server.client();
  const { items } = await owner.access.listUsers();
  const id =
    items.find((user) => user.name === "second")?.id ??
    (await owner.access.createUser({ body: { name: "second", role: "approver" } }).then(
      (user) => user.id,
      async () => (await owner.access.listUsers()).items.find((user) => user.name === "second")!.id,
    ));
  const { token } = await owner.access.createToken({ params: { id }, body: { description: "chaos" } });
  const body = { stage: "PRD", manifestDigest, comment: "yes" };
  try {
    await server.client(token).release.approve({ params: { ...params, number }, body });
  } catch (error) {
    // Said already, but the answer was lost with the server that took it.
    if (!(error instanceof Problem && error.code === "conflict")) throw error;
  }
}

async function until(look: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 120_000;
  while (!(await look())) {
    if (Date.now() > end) throw new Error("the story does not go on");
    await sleep(50);
  }
}
