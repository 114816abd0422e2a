import { expect, it } from "vitest";
import { isAlive, requireLinux, startTimeOf } from "./kill.ts";

it("knows a process by its number and when it started", async () => {
  const startTime = (await startTimeOf(process.pid))!;
  expect(await isAlive(process.pid, startTime)).toBe(true);
  expect(await isAlive(process.pid, `${Number(startTime) - 1}`)).toBe(false);
  // Larger than any number that Linux gives.
  expect(await startTimeOf(2 ** 23)).toBeNull();
});

it("runs nothing where processes are not in /proc", () => {
  expect(() => requireLinux("darwin")).toThrow("A server runs on Linux only, and this system is darwin.");
  expect(() => requireLinux("linux")).not.toThrow();
});
