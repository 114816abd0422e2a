import { expect, it, onTestFinished } from "vitest";
import type { ClaimedTask } from "../../contract/agent.ts";
import { createClient } from "../../contract/client.ts";
import { sleep, systemClock } from "../../platform/clock.ts";
import { runCommand } from "../../platform/process/run.ts";
import type { Line } from "./line.ts";
import { createOutbox } from "./outbox.ts";
import { createSelection } from "./selection.ts";
import { createTail } from "./tail.ts";
import { createTaskLog } from "./task-log.ts";

const line = (text: string, stream: Line["stream"] = "stdout"): Line => ({ at: 0, stream, text });
const textsOf = (lines: Line[]) => lines.map(({ text }) => text);

it("keeps the first lines, the last ones, and all that the agent says, in this order", () => {
  const selection = createSelection({ kept: 500, tail: 200 });
  const numbers = Array.from({ length: 20 }, (_, number) => String(number));
  const first = numbers.flatMap((text) => selection.take(line(text), false) ?? []);
  expect(selection.take(line("noted", "system"), false)).toBeUndefined();
  expect(textsOf(first)).toEqual(["0", "1", "2", "3", "4", "5", "6"]);
  expect(textsOf(selection.rest(0))).toEqual([
    "10 lines were left out here: the step printed more than is kept. Its last lines follow.",
    ...["17", "18", "19", "noted"],
  ]);
});

it("keeps a bounded tail of however short lines", () => {
  const tail = createTail(6500);
  for (let count = 0; count < 500_000; count++) tail.push(line(""));
  expect(tail.take()).toHaveLength(101);
});

it("sends lines in batches, each once, the next after the one before was taken", async () => {
  const posted: [number, number][] = [];
  const outbox = createOutbox(10, async (offset, lines) => {
    posted.push([offset, lines.length]);
    await sleep(10);
  });
  for (let count = 0; count < 2500; count++) outbox.add(line("x"));
  expect(outbox.weight()).toBe(2500 * 65);
  await outbox.close();
  expect(posted).toEqual([
    [10, 2000],
    [2010, 500],
  ]);
  expect(outbox.weight()).toBe(0);
});

it("sends nothing any more when it is abandoned", async () => {
  const posted: number[] = [];
  const outbox = createOutbox(0, async (offset) => posted.push(offset));
  outbox.abandon();
  outbox.add(line("late"));
  await sleep(400);
  expect(posted).toEqual([]);
});

it("holds up a step that prints blank lines while the server takes nothing", async () => {
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const silent = createClient({ baseUrl: "http://server", fetch: () => new Promise(() => {}) });
  const claim = { execution: "e", task: "t", epoch: 1, logOffset: 0, token: "token", payload: null, secrets: {} };
  const log = createTaskLog(
    { client: silent, clock: systemClock, signal: stopping.signal },
    claim as unknown as ClaimedTask,
  );
  const holds = Array.from({ length: 140_000 }, () => log.line("stdout", ""));
  expect(holds[0]).toBeUndefined();
  expect(holds.at(-1)).toBeInstanceOf(Promise);
  expect(new Set(holds).size, "one wait for all of them").toBe(2);
  log.abandon();
});

it("shows no part of a secret where a very long line is cut", async () => {
  const taken: string[] = [];
  const client = createClient({
    baseUrl: "http://server",
    fetch: async (_, init) => {
      taken.push(...(JSON.parse(String(init.body)) as { lines: Line[] }).lines.map(({ text }) => text));
      return new Response("{}");
    },
  });
  const secret = "SuperSecretPassword-0123456789";
  const claim = {
    ...{ execution: "e", task: "t", epoch: 1, logOffset: 0, token: "token", payload: null },
    secrets: { S: { value: secret } },
  };
  const signal = new AbortController().signal;
  const log = createTaskLog({ client, clock: systemClock, signal }, claim as unknown as ClaimedTask);
  const program = `import os; print("a" * 65521 + os.environ["S"] + "b" * 65521 + os.environ["S"][:-1])`;
  await runCommand({
    argv: ["python3", "-c", program],
    cwd: "/",
    environment: { PATH: process.env.PATH!, S: secret },
    signal,
    onLine: log.line,
  });
  await log.close();
  expect(taken.length).toBeGreaterThan(1);
  expect(taken.join("")).toBe(`${"a".repeat(65521)}***${"b".repeat(65521)}${secret.slice(0, -1)}`);
});
