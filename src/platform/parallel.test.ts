import { expect, it } from "vitest";
import { sleep } from "./clock.ts";
import { inParallel } from "./parallel.ts";

it("works on so many items at a time, and on each once", async () => {
  const done: number[] = [];
  let now = 0;
  let most = 0;
  await inParallel(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
    most = Math.max(most, ++now);
    await sleep(5);
    now -= 1;
    done.push(item);
  });
  expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

it("begins nothing after a failure, and gives it when nothing runs any more", async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = inParallel(2, [1, 2, 3, 4], async (item) => {
    begun.push(item);
    if (item === 1) throw new Error("broken");
    await sleep(50);
    ended.push(item);
  });
  await expect(work).rejects.toThrow("broken");
  expect(begun).toEqual([1, 2]);
  expect(ended).toEqual([2]);
});
