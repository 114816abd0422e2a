import { chmodSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../digest.ts";
import { type BlobCache, isSealed, type Linked, linkCached, openBlobCache, releaseLinks, seal } from "./cache.ts";

describe("a file that steps share", () => {
  const digest = sha256("whole");
  let folder: string;
  let cached: string;
  let cache: BlobCache;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "trainyard-cache-"));
    cached = join(folder, "cached");
    cache = openBlobCache(folder);
    writeFileSync(cached, "whole");
    seal(cache, cached);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A step with a link to it. */
  function step(name: string): Linked & { end(): Promise<Linked[]> } {
    mkdirSync(join(folder, name));
    const linked: Linked = { cached, digest, target: join(folder, name, "f") };
    linkCached(cache, linked);
    return Object.assign(linked, { end: () => releaseLinks(cache, [linked]) });
  }

  it("is kept as it was left, and known to be", async () => {
    const [one, other] = [step("one"), step("other")];
    expect(await one.end()).toEqual([]);
    expect(await other.end()).toEqual([]);
    expect(isSealed(cache, cached)).toBe(true);
    expect(cache.links.size).toBe(0);
  });

  it("is spoilt for all who had it, whoever ends first, and copied from then on", async () => {
    const [writer, reader] = [step("writer"), step("reader")];
    writeFileSync(writer.target, "spoilt");
    expect(await writer.end()).toMatchObject([{ isSpoilt: true }]);
    writeFileSync(cached, "whole");
    seal(cache, cached);
    const later = step("later");
    expect(await reader.end()).toMatchObject([{ isSpoilt: true }]);
    expect(await later.end()).toEqual([]);
    expect(cache.copied.has(digest)).toBe(true);
    expect(readFileSync(cached, "utf8")).toBe("whole");
  });

  it("is spoilt also for one that took its link away after it had read it", async () => {
    const [writer, reader] = [step("writer"), step("reader")];
    writeFileSync(writer.target, "spoilt");
    rmSync(reader.target);
    expect(await reader.end()).toMatchObject([{ isSpoilt: true }]);
    expect(await writer.end()).toMatchObject([{ isSpoilt: true }]);
  });

  it("is not spoilt for others by one that puts another file in its place", async () => {
    const [one, other] = [step("one"), step("other")];
    rmSync(one.target);
    writeFileSync(one.target, "its own");
    const [changed] = await one.end();
    expect(changed).toBe(one);
    expect(changed!.isSpoilt).toBeUndefined();
    expect(await other.end()).toEqual([]);
  });

  it("is only dropped when nobody shared it", async () => {
    const one = step("one");
    writeFileSync(one.target, "spoilt");
    const [changed] = await one.end();
    expect(changed!.isSpoilt).toBeUndefined();
    expect(isSealed(cache, cached)).toBe(false);
  });

  it.skipIf(process.getuid?.() === 0)("may stay linked in a folder that a step made read-only", async () => {
    const one = step("one");
    linkSync(cached, join(folder, "one", "g"));
    chmodSync(join(folder, "one"), 0o555);
    expect(await one.end()).toEqual([]);
    chmodSync(join(folder, "one"), 0o755);
  });
});
