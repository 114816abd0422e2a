import { describe, expect, test } from "vitest";
import { Batcher, type BatcherLimits } from "./batcher.ts";
import { ModelGone, ModelRefused } from "./model.ts";
import type { Signature, Tensor } from "./tensor.ts";

const limits: BatcherLimits = { batchRows: 8, queuedRequests: 5, queuedBytes: 1e6, queueMs: 200 };
const dynamic: Signature = {
  inputs: [{ name: "x", type: "float32", shape: [-1, -1] }],
  outputs: [{ name: "y", type: "float32", shape: [-1, -1] }],
};
const rows = (...values: number[]): Tensor => ({
  type: "float32",
  shape: [values.length, 1],
  data: Float32Array.from(values),
});
const valuesOf = (outputs: Tensor[]) => [...(outputs[0]!.data as Float32Array)];

/** A model that doubles, one call at a time under the test's control. */
function model(signature = dynamic) {
  const calls: { inputs: Tensor[]; finish: (outputs?: Tensor[]) => void; fail: (error: Error) => void }[] = [];
  const run = (inputs: Tensor[]) =>
    new Promise<Tensor[]>((resolve, reject) => {
      const double = () => [{ ...inputs[0]!, data: (inputs[0]!.data as Float32Array).map((x) => 2 * x) }];
      calls.push({ inputs, finish: (outputs = double()) => resolve(outputs), fail: reject });
    });
  return { calls, run, signature };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("batcher", () => {
  test("answers at once when idle and gathers requests while the model is busy", async () => {
    const { calls, run } = model();
    const sizes: number[] = [];
    const batcher = new Batcher(limits, (size) => sizes.push(size));
    batcher.attach(dynamic, run);
    const answers = [[1], [2, 3], [4]].map((values) => batcher.submit([rows(...values)]));
    expect(calls).toHaveLength(1);
    calls[0]!.finish();
    await turn();
    expect(calls[1]!.inputs[0]).toMatchObject({ shape: [3, 1] });
    calls[1]!.finish();
    expect((await Promise.all(answers)).map(valuesOf)).toEqual([[2], [4, 6], [8]]);
    expect(sizes).toEqual([1, 3]);
    await batcher.idle();
  });

  test("keeps to the number of rows, to like shapes and to the order", async () => {
    const { calls, run } = model();
    const batcher = new Batcher(limits);
    batcher.attach(dynamic, run);
    const wide: Tensor = { type: "float32", shape: [1, 2], data: Float32Array.from([1, 2]) };
    const all = [[rows(0)], [rows(1, 2, 3, 4, 5)], [rows(6, 7, 8, 9)], [wide]].map((inputs) => batcher.submit(inputs));
    for (let i = 0; i < 4; i++) {
      calls[i]!.finish();
      await turn();
    }
    await Promise.all(all);
    expect(calls.map((call) => call.inputs[0]!.shape)).toEqual([
      [1, 1],
      [5, 1],
      [4, 1],
      [1, 2],
    ]);
  });

  test("does not batch a model with a fixed first dimension", async () => {
    const fixed: Signature = { ...dynamic, inputs: [{ name: "x", type: "float32", shape: [1, 1] }] };
    const { calls, run } = model();
    const batcher = new Batcher(limits);
    batcher.attach(fixed, run);
    const answers = [1, 2, 3].map((x) => batcher.submit([rows(x)]));
    for (let i = 0; i < 3; i++) {
      calls[i]!.finish();
      await turn();
    }
    expect((await Promise.all(answers)).map(valuesOf)).toEqual([[2], [4], [6]]);
  });

  test("stops batching a model that folds its rows together, and still answers", async () => {
    const { calls, run } = model();
    const batcher = new Batcher(limits);
    batcher.attach(dynamic, run);
    const answers = [1, 2, 3].map((x) => batcher.submit([rows(x)]));
    calls[0]!.finish();
    await turn();
    calls[1]!.finish([rows(99)]);
    await turn();
    calls[2]!.finish();
    await turn();
    calls[3]!.finish();
    expect((await Promise.all(answers)).map(valuesOf)).toEqual([[2], [4], [6]]);
  });

  test("a bad request fails alone", async () => {
    const batcher = new Batcher(limits);
    batcher.attach(dynamic, async ([x]) => {
      if ((x!.data as Float32Array).includes(13)) throw new ModelRefused("13");
      await turn();
      return [x!];
    });
    const answers = await Promise.allSettled([1, 2, 13, 4].map((x) => batcher.submit([rows(x)])));
    expect(answers.map((answer) => answer.status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    expect((answers[2] as PromiseRejectedResult).reason).toMatchObject({ code: "invalid" });
  });

  test("requests survive one end of the process, not two, and not a timeout", async () => {
    const batcher = new Batcher(limits);
    const first = model();
    batcher.attach(dynamic, first.run);
    const answer = batcher.submit([rows(1)]);
    batcher.detach();
    first.calls[0]!.fail(new ModelGone("killed"));
    await turn();
    const second = model();
    batcher.attach(dynamic, second.run);
    second.calls[0]!.fail(new ModelGone("killed again"));
    await expect(answer).rejects.toMatchObject({ code: "unavailable" });
    const slow = batcher.submit([rows(1)]);
    second.calls[1]!.fail(new ModelGone("killed", true));
    await expect(slow).rejects.toMatchObject({ code: "unavailable" });
  });

  test("refuses what does not fit into the queue, and what waited too long", async () => {
    const batcher = new Batcher(limits);
    const waiting = Array.from({ length: 5 }, (_, i) => batcher.submit([rows(i)]));
    await expect(batcher.submit([rows(9)])).rejects.toMatchObject({ code: "too_many" });
    for (const answer of await Promise.allSettled(waiting))
      expect((answer as PromiseRejectedResult).reason).toMatchObject({ code: "unavailable" });
    expect(batcher.queued).toBe(0);
  });
});
