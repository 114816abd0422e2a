import { expect, it } from "vitest";
import type { Ctx } from "../platform/context.ts";
import { createLog } from "../platform/log.ts";
import { runLoops } from "./loops.ts";

const ctx = { log: createLog("error", () => {}) } as Ctx;

it("begins a loop again that failed, while the others go on, and ends when it is told to", async () => {
  const stopping = new AbortController();
  const { signal } = stopping;
  let begun = 0;
  const steady = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => steady.resolve());
  await runLoops(
    ctx,
    {
      once: async () => {},
      steady: () => steady.promise,
      async failing() {
        if (++begun < 2) throw new Error("disk is full");
        stopping.abort();
        throw new Error("stopped in the middle");
      },
    },
    signal,
  );
  expect(begun).toBe(2);
});
