import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readConfig, withoutSettings } from "./config.ts";
import { canonicalJson, digestOf } from "./digest.ts";
import { createFailpoint, failpointNames } from "./failpoint.ts";
import { createIds } from "./ids.ts";
import { lockHome } from "./lock.ts";
import { createSignals } from "./signals.ts";

describe("canonical JSON", () => {
  it("is the same for equal values, whatever the order of their keys", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(canonicalJson({ b: 1, a: [{ d: null, c: "é" }] })).toBe('{"a":[{"c":"é","d":null}],"b":1}');
    expect(canonicalJson({ a: 1, b: undefined })).toBe('{"a":1}');
    expect(digestOf({ a: 1, b: 2 })).toBe(digestOf({ b: 2, a: 1 }));
    expect(digestOf({ a: "1" })).not.toBe(digestOf({ a: 1 }));
  });
});

describe("ids", () => {
  it("sort in the order in which they were made, however fast, also when the clock goes back", () => {
    let now = 1_800_000_000_000;
    const ids = createIds({ now: () => now });
    const made = Array.from({ length: 20_000 }, () => ids.next());
    now -= 5000;
    made.push(...Array.from({ length: 100 }, () => ids.next()));
    now += 60_000;
    made.push(ids.next());
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
    for (const id of made.slice(0, 10)) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
  });
});

describe("the configuration", () => {
  it("takes flags before environment variables before defaults", () => {
    const environment = { TRAINYARD_PORT: "1", TRAINYARD_AGENT_SLOTS: "5" };
    expect(readConfig({ port: "2" }, environment)).toMatchObject({ port: 2, agentSlots: 5, host: "127.0.0.1" });
    expect(readConfig({}, { TRAINYARD_PORT: "" }).port).toBe(8600);
  });

  it("is not handed on to our own processes", () => {
    const environment = { PATH: "/bin", TRAINYARD_DATABASE_URL: "postgres://u:p@h", TRAINYARD_PROCESS: "marker" };
    expect(withoutSettings(environment)).toEqual({ PATH: "/bin", TRAINYARD_PROCESS: "marker" });
  });

  it("names each setting that is wrong, as flag and as variable", () => {
    const environment = { TRAINYARD_DATABASE_URL: "mysql://x", TRAINYARD_LOG_LEVEL: "loud" };
    expect(() => readConfig({ port: "70000" }, environment)).toThrow(
      expect.objectContaining({
        code: "invalid",
        issues: [
          expect.objectContaining({ at: "--port / TRAINYARD_PORT" }),
          {
            at: "--database-url / TRAINYARD_DATABASE_URL",
            message: "a database URL starts with postgres:// or postgresql://",
          },
          expect.objectContaining({ at: "--log-level / TRAINYARD_LOG_LEVEL" }),
        ],
      }),
    );
  });
});

describe("failpoints", () => {
  it("are all passed somewhere in the source, and no other", () => {
    const source = resolve(fileURLToPath(import.meta.url), "../../..", "src");
    const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
      (path) => path.endsWith(".ts") && !path.endsWith(".test.ts"),
    );
    const passed = files.flatMap((path) =>
      [...readFileSync(join(source, path), "utf8").matchAll(/failpoint\("([\w.]+)"\)/g)].map((match) => match[1]),
    );
    expect([...new Set(passed)].sort()).toEqual([...failpointNames].sort());
  });

  it("do nothing without a plan, and refuse a plan that is none", () => {
    const failpoint = createFailpoint("");
    for (const name of failpointNames) failpoint(name);
    expect(() => createFailpoint("engine.nowhere=crash")).toThrow(/Unknown failpoint "engine.nowhere=crash"/);
  });
});

describe("the lock of a home folder", () => {
  it("is held by one at a time, who is told what to do", () => {
    const home = mkdtempSync(join(tmpdir(), "trainyard-lock-"));
    const first = lockHome(home);
    expect(() => lockHome(home)).toThrow(
      expect.objectContaining({
        code: "conflict",
        message: `Another Trainyard server is using ${home}.`,
        hint: expect.stringContaining("trainyard down"),
      }),
    );
    first.release();
    lockHome(home).release();
    rmSync(home, { recursive: true });
  });
});

describe("signals", () => {
  it("wake those who wait, and end with time or with whoever waits", async () => {
    const signals = createSignals();
    const gone = new AbortController();
    const waits = [signals.wait("a", 60_000), signals.wait("b", 1), signals.wait("c", 60_000, gone.signal)];
    signals.wake("a");
    gone.abort();
    await Promise.all(waits);
    await signals.wait("c", 60_000, gone.signal);
    signals.wake("nobody");
  });
});
