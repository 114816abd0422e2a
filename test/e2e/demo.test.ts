import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { openStudio } from "../support/studio.ts";

const program = fileURLToPath(new URL("../../bin/trainyard.js", import.meta.url));

describe("the demo", () => {
  const home = mkdtempSync(join(tmpdir(), "trainyard-demo-"));
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  const demo = () => {
    const started = Date.now();
    const run = spawnSync(process.execPath, [program, "demo", "--exit", "--home", home], {
      encoding: "utf8",
      env: { ...process.env, TRAINYARD_HOME: "", NO_COLOR: "1" },
      timeout: 600_000,
    });
    console.log(run.stdout, run.stderr, `${((Date.now() - started) / 1000).toFixed(1)} s`);
    return run;
  };

  it("tells the whole story, and the truth by its exit code", { timeout: 620_000 }, () => {
    const { status, stdout } = demo();
    expect(status).toBe(0);
    expect(stdout).toMatch(/version missing-values is refused: .*bmi/);
    expect(stdout).toMatch(/version wrong-schema is refused: .*body_mass/);
    expect(stdout).toMatch(/model\/diabetes\/1: rmse 5\d\.\d, ONNX differs by at most [\d.]+e-[5-9]/);
    expect(stdout).toMatch(/the requester tries: /);
    expect(stdout).toMatch(/1000 answered, p50 [\d.]+ ms/);
    expect(stdout).toMatch(/Monitor .*moved: .*bmi/);
    expect(stdout).toMatch(/model\/diabetes\/2: rmse 5\d\.\d, the champion's on the same rows [67]\d\.\d/);
    expect(stdout).toMatch(/release 2 waits for your approval/);
  });

  it("draws how a feature has drifted", { timeout: 120_000 }, async () => {
    const studio = await openStudio(home);
    try {
      const { page, complaints, open } = await studio.signIn();
      await open("/monitors/diabetes-drift?feature=bmi");
      const chart = page.getByRole("img", { name: "Histogram of bmi: reference and production" });
      await chart.locator("canvas, svg").first().waitFor();
      const table = page.getByRole("table", { name: "Features" });
      await table.getByRole("row", { name: /^bmi.*drifted/ }).waitFor();
      expect(complaints).toEqual([]);
    } finally {
      await studio.close();
    }
  });

  it("reuses what is unchanged the second time", { timeout: 620_000 }, () => {
    const { status, stdout } = demo();
    expect(status).toBe(0);
    expect(stdout).toMatch(/model\/diabetes\/1: .*5 of 5 steps reused/);
    expect(stdout).toMatch(/reused: same command, code, environment and inputs as step train/);
    expect(stdout).toMatch(/is this code and model already/);
  });
});
