import { expect, it } from "vitest";
import { createRemembered, type Memory } from "./remembered.ts";

it("reads again only what was not asked for lately, by weight, and keeps kinds apart", async () => {
  const words: Memory<string> = { most: 10, weightOf: (word) => word.length };
  const lists: Memory<string[]> = { most: 1, weightOf: () => 1 };
  const remembered = createRemembered();
  let reads: string[] = [];
  const read = (word: string) =>
    remembered.read(words, word, async () => {
      reads.push(word);
      return word;
    });
  for (const word of ["aaaa", "bbbb", "aaaa", "cc", "aaaa"]) expect(await read(word)).toBe(word);
  expect(reads).toEqual(["aaaa", "bbbb", "cc"]);
  reads = [];
  for (const word of ["dddd", "aaaa", "cc", "bbbb"]) await read(word);
  expect(reads, "the one that was asked for first had to go").toEqual(["dddd", "bbbb"]);
  expect(await remembered.read(lists, "cc", async () => ["other"])).toEqual(["other"]);
  remembered.forget(words, "cc");
  reads = [];
  await read("cc");
  expect(reads, "it has changed").toEqual(["cc"]);
  reads = [];
  await read("longer than all that may be kept");
  await read("longer than all that may be kept");
  expect(reads, "one alone is kept however long it is").toHaveLength(1);
});
