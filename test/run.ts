/**
 * `npm test`: everything that must hold, in order: format and lint, types, unit and API tests on SQLite and
 * PostgreSQL, whole installations with chaos, then the browser and the demo. Ends with `N passed, N failed`.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensurePackage } from "./support/packages.ts";
import { startPostgres } from "./support/postgres.ts";

interface Outcome {
  name: string;
  passed: number;
  failed: number;
  /** What this machine cannot do was not tested. */
  skipped: number;
  seconds: number;
}

/** What somebody waits for in a browser, or is promised a time for, has the machine to itself. */
const forItself = "test/e2e/{studio*,demo}.test.ts";

const outcomes: Outcome[] = [];
const wanted = process.argv.slice(2);
const reports = mkdtempSync(join(tmpdir(), "trainyard-reports-"));
const environment: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: "1" };

/** A check that passes or fails as one. */
function check(name: string, command: string, ...argv: string[]): void {
  if (wanted.length > 0 && !wanted.includes(name)) return;
  const started = Date.now();
  console.log(`\n── ${name}`);
  const { status } = spawnSync(command, argv, { stdio: "inherit", env: environment });
  outcomes.push({
    name,
    passed: status === 0 ? 1 : 0,
    failed: status === 0 ? 0 : 1,
    skipped: 0,
    seconds: (Date.now() - started) / 1000,
  });
}

/** A run of Vitest, counted test by test. */
function vitest(name: string, ...argv: string[]): void {
  if (wanted.length > 0 && !wanted.includes(name)) return;
  const started = Date.now();
  console.log(`\n── ${name}`);
  const report = join(reports, `${name}.json`);
  const flags = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { status } = spawnSync("vitest", [...flags, ...argv], { stdio: "inherit", env: environment });
  const seconds = (Date.now() - started) / 1000;
  const counted = existsSync(report)
    ? JSON.parse(readFileSync(report, "utf8"))
    : { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 };
  const failed = Math.max(counted.numFailedTests, status === 0 ? 0 : 1);
  outcomes.push({ name, passed: counted.numPassedTests, failed, skipped: counted.numPendingTests, seconds });
}

const postgres = process.env.TRAINYARD_TEST_DATABASE_URL ? undefined : await startPostgres();
if (postgres) environment.TRAINYARD_TEST_DATABASE_URL = postgres.url;
if (!environment.TRAINYARD_TEST_DATABASE_URL) {
  console.log("There is no PostgreSQL on this machine (Debian: apt-get install postgresql): SQLite only.");
}
if (!ensurePackage("chromium", () => existsSync("/usr/bin/chromium"))) {
  console.log("There is no Chromium on this machine (Debian: apt-get install chromium): the browser test will fail.");
}
if (
  !ensurePackage("podman", () => existsSync("/usr/bin/podman")) ||
  !ensurePackage("runc", () => existsSync("/usr/sbin/runc"))
) {
  console.log("There is no podman on this machine (Debian: apt-get install podman runc): no container is tested.");
}
try {
  check("lint", "biome", "check", ".");
  check("types", "tsc", "-p", "tsconfig.json");
  check("types-studio", "tsc", "-p", "tsconfig.studio.json");
  check("knip", "knip");
  vitest("unit", "--exclude", "test/e2e/**");
  vitest("e2e", "--exclude", forItself, "test/e2e");
  vitest("browser", "--no-file-parallelism", "test/e2e/studio", "test/e2e/demo");
} finally {
  postgres?.stop();
  rmSync(reports, { recursive: true, force: true });
}

console.log("");
for (const { name, passed, failed, skipped, seconds } of outcomes) {
  const counts = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
  console.log(`${failed === 0 ? "✓" : "✗"} ${name.padEnd(14)} ${counts}  ${seconds.toFixed(1)} s`);
}
const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
const failed = sum((outcome) => outcome.failed);
console.log(`${sum((outcome) => outcome.passed)} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
