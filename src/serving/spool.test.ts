import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Spool } from "./spool.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "trainyard-spool-"));
});
afterEach(() => rm(home, { recursive: true }));

async function open(spoolBytes = 1e6): Promise<Spool> {
  const spool = new Spool(home, { spoolBytes });
  await spool.recover();
  return spool;
}
const sequences = (spool: Spool) => spool.sealed.map((segment) => `${segment.endpoint}-${segment.sequence}`);

describe("spool", () => {
  test("seals segments with growing numbers per endpoint", async () => {
    const spool = await open();
    await spool.append("w", "e", '{"n":1}\n{"n":2}\n');
    await spool.append("w", "f", '{"n":3}\n');
    await spool.seal("w", "e");
    await spool.seal("w", "f");
    await spool.seal("w", "f");
    await spool.append("w", "e", '{"n":4}\n');
    await spool.seal("w", "e");
    expect(sequences(spool)).toEqual(["e-1", "f-1", "e-2"]);
    expect(await spool.rows(spool.sealed[0]!)).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test("goes on after a crash: same numbers for sealed rows, the open ones without the torn line", async () => {
    const before = await open();
    await before.append("w", "e", '{"n":1}\n');
    await before.seal("w", "e");
    await before.append("w", "e", '{"n":2}\n');
    await appendFile(join(home, "spool/w/e/open.jsonl"), '{"n":3');
    const after = await open();
    expect(sequences(after)).toEqual(["e-1", "e-2"]);
    expect(await after.rows(after.sealed[1]!)).toEqual([{ n: 2 }]);
  });

  test("never uses a number again, even when all segments were delivered", async () => {
    const before = await open();
    await before.append("w", "e", "{}\n");
    await before.seal("w", "e");
    await before.remove(before.sealed[0]!);
    const after = await open();
    expect(after.bytes).toBe(0);
    await after.append("w", "e", "{}\n");
    await after.seal("w", "e");
    expect(sequences(after)).toEqual(["e-2"]);
    expect(JSON.parse(await readFile(join(home, "spool/w/e/sequence.json"), "utf8"))).toEqual({ sequence: 2 });
  });

  test("drops the oldest rows beyond its bound and counts them", async () => {
    const spool = await open(25);
    for (const n of [1, 2, 3, 4]) {
      await spool.append("w", "e", `{"n":${n}}\n{}\n`);
      await spool.seal("w", "e");
    }
    expect(sequences(spool)).toEqual(["e-3", "e-4"]);
    expect(spool.droppedRows).toBe(4);
    expect(spool.bytes).toBeLessThanOrEqual(25);
  });
});
