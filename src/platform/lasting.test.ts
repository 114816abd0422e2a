import { expect, it } from "vitest";
import { createLasting } from "./lasting.ts";

it("remembers what was asked for lately and forgets the rest", () => {
  const lasting = createLasting(10);
  lasting.set("kept", -1);
  for (let index = 0; index < 100; index++) {
    lasting.set(`name ${index}`, index);
    expect(lasting.get("kept")).toBe(-1);
  }
  expect(lasting.get("name 99")).toBe(99);
  expect(lasting.get("name 0")).toBeUndefined();
  expect(lasting.get("never set")).toBeUndefined();
});
