import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../digest.ts";
import type { BlobStore } from "./blob.ts";
import { listDiskBlobs, openDiskBlobs } from "./disk.ts";

/** What a test needs of a place where blobs are kept: to open it again, as after a crash, and to spoil it. */
interface Place {
  open(): Promise<BlobStore>;
  damage(digest: string, content: string): Promise<void>;
  list(): Promise<string[]>;
  remove(): Promise<void>;
}

async function diskPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "trainyard-blobs-"));
  return {
    open: () => openDiskBlobs(folder, () => {}),
    damage: (digest, content) => writeFile(join(folder, digest.slice(0, 2), digest.slice(2)), content),
    list: () => listDiskBlobs(folder),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Bytes that this process has read from files. */
const bytesRead = async () => Number(/^rchar: (\d+)$/m.exec(await readFile("/proc/self/io", "utf8"))![1]);

const text = async (store: BlobStore, digest: string) => Buffer.from(await store.bytes(digest)).toString();

async function* torn() {
  yield new Uint8Array(1024);
  throw new Error("the connection broke");
}

describe.each([["disk", diskPlace] as const])("blobs on %s", (_, make) => {
  let place: Place;
  let store: BlobStore;
  beforeEach(async () => {
    place = await make();
    store = await place.open();
  });
  afterEach(() => place.remove());

  it("gives back what was stored, by its hash", async () => {
    const digest = sha256("hello");
    expect(await store.put("hello")).toEqual({ digest, size: 5 });
    expect(await text(store, digest)).toBe("hello");
    expect(await store.size(digest)).toBe(5);
    expect(await text(await place.open(), digest)).toBe("hello");
  });

  it("stores nothing of no bytes as well", async () => {
    const { digest, size } = await store.put(new Uint8Array());
    expect(size).toBe(0);
    expect(await text(store, digest)).toBe("");
  });

  it("takes a stream of many parts", async () => {
    const parts = Array.from({ length: 200 }, (_, index) => new Uint8Array(10_000).fill(index));
    const { digest, size } = await store.put(
      (async function* () {
        yield* parts;
      })(),
    );
    expect(size).toBe(2_000_000);
    expect(digest).toBe(sha256(Buffer.concat(parts)));
    expect(sha256(await store.bytes(digest))).toBe(digest);
  });

  it("keeps nothing of what hashes to something else, or breaks off", async () => {
    await expect(store.put("hullo", sha256("hello"))).rejects.toMatchObject({ code: "unprocessable" });
    await expect(store.put(torn())).rejects.toThrow("the connection broke");
    expect(await place.list()).toEqual([]);
    expect(await store.size(sha256("hullo"))).toBeUndefined();
  });

  it("stores the same content at the same moment once", async () => {
    const stored = await Promise.all(Array.from({ length: 20 }, () => store.put("same")));
    expect(new Set(stored.map(({ digest }) => digest))).toEqual(new Set([sha256("same")]));
    expect(await place.list()).toEqual([sha256("same")]);
  });

  it("verifies a blob by reading it once, and again when it was changed", async () => {
    const content = new Uint8Array(8_000_000).fill(1);
    const { digest } = await store.put(content);
    const later = await place.open();
    const read = async (verified: BlobStore) => {
      const before = await bytesRead();
      expect(await verified.verify(digest)).toBe(content.length);
      return (await bytesRead()) - before;
    };
    expect(await read(store), "what it hashed itself").toBeLessThan(100_000);
    expect(await read(later)).toBeGreaterThan(8_000_000);
    expect(await read(later)).toBeLessThan(100_000);
    await place.damage(digest, "1".repeat(content.length));
    for (const verified of [store, later]) {
      await expect(verified.verify(digest)).rejects.toMatchObject({ message: expect.stringContaining("damaged") });
    }
    await place.damage(digest, Buffer.from(content).toString());
    expect(await later.verify(digest)).toBe(content.length);
    await expect(later.verify("0".repeat(64))).rejects.toMatchObject({ code: "not_found" });
  });

  it("says that it has no such blob", async () => {
    await expect(store.read("0".repeat(64))).rejects.toMatchObject({ code: "not_found" });
    await expect(store.bytes("0".repeat(64))).rejects.toMatchObject({ code: "not_found" });
  });

  it("serves no damaged blob as a whole one, and is mended by storing it again", async () => {
    const { digest } = await store.put("whole content");
    for (const spoilt of ["whole CONTENT", "whole", ""]) {
      await place.damage(digest, spoilt);
      await expect(store.bytes(digest)).rejects.toMatchObject({
        code: "internal",
        message: expect.stringContaining("damaged"),
      });
      await store.put("whole content");
      expect(await text(store, digest)).toBe("whole content");
    }
  });
});

it("forgets what a crash left half-written", async () => {
  const folder = await mkdtemp(join(tmpdir(), "trainyard-blobs-"));
  await openDiskBlobs(folder, () => {});
  await writeFile(join(folder, "incoming", "1-1"), "half");
  await openDiskBlobs(folder, () => {});
  expect(await readdir(join(folder, "incoming"))).toEqual([]);
  await rm(folder, { recursive: true });
});
