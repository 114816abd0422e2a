import { expect, it } from "vitest";
import { watchClock } from "./clock-watch.ts";

it("tells a clock that was set from one that goes on", () => {
  let wall = 1_700_000_000_000;
  let steady = 50;
  const pass = (ms: number) => {
    wall += ms;
    steady += ms;
  };
  const watch = watchClock(wall, () => steady);
  const jumped = () => watch(wall);
  expect(jumped()).toBe(0);
  pass(3_600_000);
  expect(jumped()).toBe(0);
  wall += 3_600_000;
  pass(20);
  expect(jumped()).toBe(3_600_000);
  expect(jumped()).toBe(0);
  wall -= 86_400_000;
  expect(jumped()).toBe(-86_400_000);
  for (let second = 0; second < 60; second++) {
    pass(1000);
    wall += 1;
    expect(jumped()).toBe(0);
  }
});
