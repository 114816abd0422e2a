import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { keepChild } from "./keep-child.ts";

it("starts a child again that ended, could not be started, or was refused at once", async () => {
  const running = Promise.withResolvers<ChildProcess>();
  const starts: (() => ChildProcess)[] = [
    () => spawn("false"),
    () => spawn("/no/such/program"),
    () => {
      throw Object.assign(new Error("spawn EAGAIN"), { code: "EAGAIN" });
    },
    () => {
      const child = spawn("sleep", ["60"]);
      running.resolve(child);
      return child;
    },
  ];
  const ends: unknown[] = [];
  const kept = keepChild(
    () => starts.shift()!(),
    ({ code, error }) => ends.push(error ? (error as NodeJS.ErrnoException).code : code),
  );
  const child = await running.promise;
  expect(ends).toEqual([1, "ENOENT", "EAGAIN"]);
  const ended = once(child, "exit");
  await kept.stop();
  expect(await ended).toEqual([null, "SIGTERM"]);
  await kept.stop();
});
