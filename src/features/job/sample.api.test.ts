import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databases } from "../../../test/support/app.ts";
import type { StepPayload } from "../../contract/agent.ts";
import { sha256 } from "../../platform/digest.ts";
import { createJobs, definition, params, step } from "./job.fixture.ts";
import { type JobBench, startJobBench } from "./job-bench.fixture.ts";

describe.each(databases)("jobs on a sample on %s", (database) => {
  let { app, client, worker } = {} as JobBench;
  let folder: string;

  beforeAll(async () => {
    ({ app, client, worker } = await startJobBench({ database }));
    folder = await mkdtemp(join(tmpdir(), "trainyard-sample-"));
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
});
