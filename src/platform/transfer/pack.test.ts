import { describe, expect, it } from "vitest";
import { dividePacks, longestPacked, pack, unpack } from "./pack.ts";

const bytes = (...texts: string[]) => texts.map((text) => new TextEncoder().encode(text));
const packed = async (contents: Uint8Array[]) => Buffer.concat(await Array.fromAsync(pack(contents)));

async function* inParts(whole: Uint8Array, size: number) {
  for (let from = 0; from < whole.length; from += size) yield whole.subarray(from, from + size);
}

async function unpacked(whole: Uint8Array, size: number) {
  const found: string[] = [];
  for await (const content of unpack(inParts(whole, size), 100)) found.push(Buffer.from(content).toString());
  return found;
}

describe("a pack", () => {
  it.each([1, 3, 7, 1000])("gives back what was packed, wherever the stream was cut (%i bytes)", async (size) => {
    const texts = ["one", "", "x".repeat(100), "ü", ""];
    expect(await unpacked(await packed(bytes(...texts)), size)).toEqual(texts);
    expect(await unpacked(new Uint8Array(), size)).toEqual([]);
  });

  it("is refused when it is torn, after what came whole", async () => {
    const whole = await packed(bytes("one", "two"));
    const found: string[] = [];
    const reading = (async () => {
      for await (const content of unpack(inParts(whole.subarray(0, -1), 2), 100)) found.push(String(content.length));
    })();
    await expect(reading).rejects.toThrow("The pack ends in the middle of a content.");
    expect(found).toEqual(["3"]);
  });

  it("is refused when it has more contents than the disk should be asked for at once", async () => {
    const empty = Array.from({ length: 1001 }, () => new Uint8Array());
    await expect(unpacked(await packed(empty), 1000)).rejects.toThrow("A pack has at most 1000 contents.");
    expect(await unpacked(await packed(empty.slice(1)), 1000)).toHaveLength(1000);
  });

  it("is refused when a content is too long, before it was read", async () => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(0xffffffff);
    await expect(unpacked(length, 4)).rejects.toThrow("A content of 4294967295 bytes is too long for a pack");
  });
});

describe("dividing packs", () => {
  it("puts every item somewhere once, and the large ones apart", () => {
    const items = Array.from({ length: 2000 }, (_, index) => ({ index, size: index % 500 === 0 ? 300_000 : 20_000 }));
    const { packs, large } = dividePacks(items);
    expect(large.every(({ size }) => size > longestPacked)).toBe(true);
    const all = [...large, ...packs.flat()].map(({ index }) => index).sort((a, b) => a - b);
    expect(all).toEqual(items.map(({ index }) => index));
    for (const items of packs) {
      expect(items.length).toBeLessThanOrEqual(500);
      expect(items.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(4 * 1024 * 1024);
    }
  });
});
