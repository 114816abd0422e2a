import { expect, it } from "vitest";
import { remember } from "./remember.ts";

it("asks again when the time is over, and after a failure", async () => {
  let now = 0;
  let asked = 0;
  const load = async (key: string) => {
    asked++;
    if (key === "missing") throw new Error("not there");
    return `${key}${asked}`;
  };
  const get = remember({ now: () => now }, 100, load);
  expect([await get("a"), await get("a")]).toEqual(["a1", "a1"]);
  now = 100;
  expect(await get("a")).toBe("a2");
  await expect(get("missing")).rejects.toThrow("not there");
  await expect(get("missing")).rejects.toThrow("not there");
  expect(asked).toBe(4);
});
