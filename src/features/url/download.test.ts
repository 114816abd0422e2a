import { expect, it } from "vitest";
import { bounded } from "./download.ts";

it("gives up on what comes a byte at a time, also when it never stops", async () => {
  let now = 0;
  async function* drip() {
    for (;;) {
      now += 30_000;
      yield new Uint8Array(1);
    }
  }
  const read = async () => {
    let parts = 0;
    for await (const _ of bounded({ now: () => now }, drip(), "https://example.org/drip?key=k")) parts++;
    return parts;
  };
  await expect(read()).rejects.toThrow("https://example.org/drip gave only 3 bytes in 90 seconds.");
});

it("waits for a large file as long as it comes", async () => {
  let now = 0;
  async function* steady() {
    for (let part = 0; part < 1000; part++) {
      now += 10_000;
      yield new Uint8Array(20_000);
    }
  }
  let size = 0;
  for await (const part of bounded({ now: () => now }, steady(), "https://example.org/large")) size += part.length;
  expect(size).toBe(20_000_000);
});
