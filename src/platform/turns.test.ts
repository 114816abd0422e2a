import { expect, it } from "vitest";
import { turnsFor } from "./turns.ts";

it("lets so many run at once, in order, also after one has failed", async () => {
  const turn = turnsFor(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const works = [0, 1, 2, 3].map((number) =>
    turn(async () => {
      begun.push(number);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (number === 0) throw new Error("no luck");
      return number;
    }),
  );
  const settled = Promise.allSettled(works);
  await expect.poll(() => begun).toEqual([0, 1]);
  ends[0]!();
  await expect.poll(() => begun).toEqual([0, 1, 2]);
  for (let at = 1; at < 4; at++) {
    await expect.poll(() => ends.length).toBeGreaterThan(at);
    ends[at]!();
  }
  expect((await settled).map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled", "fulfilled"]);
});
