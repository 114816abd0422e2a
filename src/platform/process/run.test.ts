import { expect, it } from "vitest";
import { sleep } from "../clock.ts";
import { runCommand } from "./run.ts";

const run = (script: string, onLine: (text: string) => void | Promise<void>) =>
  runCommand({
    argv: ["/bin/sh", "-c", script],
    cwd: "/",
    environment: { PATH: process.env.PATH ?? "" },
    signal: new AbortController().signal,
    onLine: (_, text) => onLine(text),
  });

it("gives all lines of a command that has ended while somebody made it wait", async () => {
  const lines: string[] = [];
  let full: Promise<void> | undefined = sleep(2000).then(() => {
    full = undefined;
  });
  await run("echo first; sleep 0.2; seq 20000", (text) => {
    lines.push(text);
    return full;
  });
  expect(lines.length).toBe(20_001);
  expect(lines.at(-1)).toBe("20000");
});

it("does not wait for output that something which hides holds open", async () => {
  const lines: string[] = [];
  await run("env -i setsid sh -c 'echo $$; exec sleep 300' & sleep 0.3", (text) => void lines.push(text));
  expect(lines).toHaveLength(1);
  process.kill(Number(lines[0]), "SIGKILL");
});
