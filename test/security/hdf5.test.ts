import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reportOf } from "../../src/platform/model-file/check.fixture.ts";
import { hasPython, pythonWith } from "../support/python.ts";
import keras from "../vectors/keras-files.json" with { type: "json" };

const script = fileURLToPath(new URL("hdf5.py", import.meta.url));
const findingsOf = (content: Uint8Array) => reportOf({ "model.h5": content }).findings;
const rulesOf = (content: Uint8Array) => [...new Set(findingsOf(content).map((finding) => finding.rule))];

describe.runIf(hasPython)("HDF5 as h5py writes it", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "trainyard-hdf5-"));
    const python = await pythonWith("h5py", ["h5py==3.15.1", "numpy==2.3.5"]);
    await promisify(execFile)(python, [script, folder]);
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const file = (name: string) => readFile(join(folder, name));

  it.each(["old", "latest", "v108", "fixed", "many", "decoy", "beside", "large"])(
    "finds a Lambda layer in %s",
    async (form) => {
      expect(rulesOf(await file(`plain-${form}.h5`))).toEqual([]);
      expect(findingsOf(await file(`lambda-${form}.h5`))).toMatchObject([
        { rule: "keras-code", severity: "suspicious", message: "It has a layer Lambda, which runs code." },
      ]);
    },
  );

  it.each(["heap", "type"])("holds what is stored in a way that is not read: %s", async (form) => {
    expect(rulesOf(await file(`plain-${form}.h5`))).toEqual(["unreadable"]);
    expect(rulesOf(await file(`lambda-${form}.h5`))).toContain("unreadable");
  });

  it("refuses a file that begins with something else", async () => {
    expect(rulesOf(await file("plain-block.h5"))).toEqual(["wrong-format"]);
  });

  it("holds what comes from other files (CVE-2026-1669)", async () => {
    expect(findingsOf(await file("link.h5"))).toMatchObject([
      { rule: "hdf5-external", message: "/model_weights is a link to /etc/passwd." },
    ]);
    expect(findingsOf(await file("external.h5"))).toMatchObject([
      { rule: "hdf5-external", message: "/kernel keeps its numbers in another file." },
    ]);
    expect(rulesOf(await file("virtual.h5"))).toEqual(["hdf5-external"]);
  });

  it("holds what says that it is larger than it is (CVE-2026-0897)", async () => {
    expect(findingsOf(await file("swollen.h5"))).toMatchObject([
      { rule: "hdf5-swollen", message: "/kernel says that it is larger than it is." },
    ]);
  });

  it("follows no circle", async () => {
    expect(rulesOf(await file("circle.h5"))).toEqual([]);
  });
});

it("is never accepted when it is cut off, and never reads without end when it is damaged", () => {
  const whole = Buffer.from(keras["lambda.h5" as keyof typeof keras], "base64");
  expect(rulesOf(whole)).toEqual(["keras-code"]);
  for (let size = 8; size < whole.length; size += 997)
    expect(rulesOf(whole.subarray(0, size)), `${size}`).not.toEqual([]);
  const start = Date.now();
  let random = 1;
  for (let times = 0; times < 2000; times++) {
    const damaged = Buffer.from(whole);
    for (let flips = 0; flips < 8; flips++) {
      random = (random * 48271) % 2147483647;
      damaged[8 + (random % 12_000)] = (random >> 8) & 255;
    }
    const findings = findingsOf(damaged);
    for (const { message } of findings) expect(message).not.toMatch(/undefined|not a function|out of range/);
  }
  expect(Date.now() - start).toBeLessThan(60_000);
});
