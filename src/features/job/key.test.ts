import { expect, it } from "vitest";
import { commandStepSchema } from "../../contract/job.ts";
import { canonicalJson, sha256 } from "../../platform/digest.ts";
import { step } from "./job.fixture.ts";
import { differencesOf, type KeyPreimage, keyFormat, preimageOf } from "./key.ts";

const train = commandStepSchema.parse(
  step("train", {
    environmentVariables: { B: "2", A: "1" },
    outputs: { model: { type: "uri_folder" } },
    distribution: { type: "pytorch" },
  }),
);
const now = preimageOf(train, {
  inputs: {
    data: { kind: "files", type: "uri_folder", tree: "a".repeat(64), path: null },
    alpha: { kind: "value", type: "number", value: "1" },
  },
  environment: { lock: "b".repeat(64), platform: "linux-x64" },
  ...{ network: null, gpus: 0 },
});
const stored = (preimage: object): KeyPreimage => JSON.parse(canonicalJson(preimage)) as KeyPreimage;

it("stays what it is until its format is raised", () => {
  // Another sum here means that every result of an earlier version is missed: raise `keyFormat`, so that misses say why.
  expect([keyFormat, sha256(canonicalJson(now))]).toEqual([2, pinned]);
});
const pinned = "1060cd67dc4ac75fb61768b713756ee8815af35c09648fcbab18b7774f3b5b57";

it("does not differ from what was stored of it", () => {
  expect(differencesOf(now, stored(now))).toEqual([]);
});

it("says of a key of another format that this is why, and what else changed", () => {
  const { network: _, gpus: __, processes, ...rest } = now;
  const first = {
    ...rest,
    processes,
    schema: 1,
    inputs: { ...now.inputs, data: { kind: "files", tree: "a".repeat(64) } },
  };
  expect(differencesOf(now, stored(first))).toEqual([{ part: "key format", now: 2, before: 1 }]);
  expect(differencesOf(now, stored({ ...first, command: "train -v", inputs: {} })).map(({ part }) => part)).toEqual([
    "key format",
    "command",
    "input data",
    "input alpha",
  ]);
});

it("compares all parts of keys of one format", () => {
  const other = { ...now, network: false, gpus: 1, processes: null, environmentVariables: { A: "1" } };
  expect(differencesOf(now, stored(other))).toEqual([
    { part: "processes", now: now.processes, before: null },
    { part: "environment variable B", now: "2", before: undefined },
    { part: "network", now: null, before: false },
    { part: "GPUs", now: 0, before: 1 },
  ]);
});
