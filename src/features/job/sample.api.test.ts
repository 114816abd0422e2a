import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import type { ClaimedTask, StepPayload } from "../../contract/agent.ts";
import { sha256 } from "../../platform/digest.ts";
import { createJobs, type DefinitionInput, definition, logMetric, params, step } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";

describe.each(databases)("jobs on a sample on %s", (database) => {
  let { app, client, worker } = {} as JobBench;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "trainyard-sample-"));
    const config = { urlFolders: `https://example.org/sets=${folder}` };
    ({ app, client, worker } = await startJobBench({ database, config }));
  });
  afterAll(async () => {
    await app.stop();
    await rm(folder, { recursive: true });
  });

  const rowsOf = async (bytes: Uint8Array): Promise<unknown> => {
    const path = join(folder, "rows.parquet");
    await writeFile(path, bytes);
    const connection = await (await DuckDBInstance.create()).connect();
    return (await connection.runAndReadAll(`select count(*)::int, max(x)::int from '${path}'`)).getRows()[0];
  };

  it("cuts tables to their first rows, keeps other files, and registers nothing", async () => {
    const parquet = join(folder, "all.parquet");
    const connection = await (await DuckDBInstance.create()).connect();
    await connection.run(`copy (select range as x from range(5000)) to '${parquet}' (format parquet)`);
    const contents: Record<string, Uint8Array> = {
      "rows.csv": Buffer.from(`a,b\n${[1, 2, 3, 4, 5].map((n) => `${n},"two\nlines"\n`).join("")}`),
      "part/rows.jsonl": Buffer.from('{"a":1}\n{"a":2}\n{"a":3}\n'),
      "short.tsv": Buffer.from("a\tb\n1\t2"),
      "rows.parquet": await readFile(parquet),
      "notes.txt": Buffer.from("1\n2\n3\n4\n"),
    };
    const files = await Promise.all(
      Object.entries(contents).map(async ([path, body]) => {
        const put = { params: { ...params, digest: sha256(body) }, body };
        return { path, ...(await client.blob.put(put)) };
      }),
    );
    const { digest } = await client.blob.createTree({ params, body: { files } });
    const body = definition({
      use: step(`use ${database}`, {
        inputs: { data: { type: "uri_folder", binding: { from: "tree", digest } } },
        outputs: { o: { type: "uri_folder", register: { name: "of-a-sample" } } },
      }),
    });
    const { id } = await client.job.create({ params, body: { definition: body, sample: { rows: 2 } } });
    const claim = await worker.claim();
    const input = (claim.payload as StepPayload).inputs.data as { tree: string };
    const { files: cut } = await client.blob.getTree({ params: { ...params, digest: input.tree } });
    const contentOf = async (path: string) => {
      const file = cut.find((some) => some.path === path)!;
      return new Uint8Array(
        await (await client.blob.get({ params: { ...params, digest: file.digest } })).arrayBuffer(),
      );
    };
    const textOf = async (path: string) => Buffer.from(await contentOf(path)).toString();
    expect(await textOf("rows.csv")).toBe('a,b\n1,"two\nlines"\n2,"two\nlines"\n');
    expect(await textOf("part/rows.jsonl")).toBe('{"a":1}\n{"a":2}\n');
    expect(await textOf("short.tsv")).toBe("a\tb\n1\t2");
    expect(await textOf("notes.txt")).toBe("1\n2\n3\n4\n");
    expect(await rowsOf(await contentOf("rows.parquet"))).toEqual([2, 1]);
    await worker.complete(claim, { o: { f: "x" } });
    const job = await createJobs(client).ended(id);
    expect(job).toMatchObject({ registered: [], definition: { tags: { "trainyard.sample": "2 rows" } } });
  });

  const given = (task: ClaimedTask, name: string) => (task.payload as StepPayload).inputs[name] as { tree: string };
  const textIn = async (tree: string): Promise<string> => {
    const { files } = await client.blob.getTree({ params: { ...params, digest: tree } });
    return (await client.blob.get({ params: { ...params, digest: files[0]!.digest } })).text();
  };
  /** An input that is one file. */
  const fileOf = async (path: string, text: string) => {
    const body = Buffer.from(text);
    const file = await client.blob.put({ params: { ...params, digest: sha256(body) }, body });
    const { digest } = await client.blob.createTree({ params, body: { files: [{ path, ...file }] } });
    return { type: "uri_file" as const, binding: { from: "tree" as const, digest } };
  };
  const submit = (body: DefinitionInput, rows: number) =>
    client.job.create({ params, body: { definition: body, sample: { rows } } });

  it("cuts what trials and items read and what is fetched, and passes gates", async () => {
    await writeFile(join(folder, "far.csv"), "a\n1\n2\n3\n");
    const near = await fileOf("near.csv", "b\n1\n2\n");
    const url = "https://example.org/sets/far.csv";
    const far = { type: "uri_file" as const, binding: { from: "url" as const, url } };
    const inner = { type: "uri_file" as const, binding: { from: "input" as const, input: "far" } };
    const body = definition({
      review: { type: "gate", message: "Go on?", inputs: { far } },
      tune: {
        type: "sweep",
        ...{ after: ["review"], trial: step("train", { deterministic: false, inputs: { near } }) },
        searchSpace: { lr: { type: "choice", values: [0.1] } },
        objective: { goal: "minimize", primaryMetric: "loss" },
        sampling: { type: "grid" },
      },
      each: {
        type: "foreach",
        ...{ items: [1], item: "i", after: ["review"], inputs: { far } },
        body: {
          inputs: { i: { type: "integer", binding: null }, far: { type: "uri_file", binding: null } },
          steps: { use: step("use", { deterministic: false, inputs: { near, far: inner } }) },
        },
      },
    });
    const { id } = await submit(body, 1);
    const tasks = [await worker.claim(), await worker.claim()];
    for (const task of tasks) expect(await textIn(given(task, "near").tree)).toBe("b\n1\n");
    const [item, trial] = tasks[0]!.task === "use" ? tasks : tasks.toReversed();
    expect(await textIn(given(item!, "far").tree)).toBe("a\n1\n");
    await logMetric(app, trial!, "loss", 1);
    for (const task of tasks) await worker.complete(task);
    const job = await createJobs(client).ended(id);
    expect(job).toMatchObject({ state: "succeeded", error: null });
    const review = job.steps.find(({ name }) => name === "review");
    expect(review).toMatchObject({
      state: "succeeded",
      gate: { message: "Go on? (Nobody was asked: the job ran on a sample.)", decisions: [] },
    });
  });

  it("takes a quote that never closes for no quote", async () => {
    const data = await fileOf("inches.csv", 'size,n\n5" pipe,1\n6,2\n7,3\n');
    const { id } = await submit(definition({ use: step("inches", { inputs: { data }, deterministic: false }) }), 2);
    const claim = await worker.claim();
    expect(await textIn(given(claim, "data").tree)).toBe('size,n\n5" pipe,1\n6,2\n');
    await worker.complete(claim);
    await createJobs(client).ended(id);
  });
});
