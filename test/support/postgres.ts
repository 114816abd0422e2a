import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { ensurePackage, runAs } from "./packages.ts";

const root = "/usr/lib/postgresql";

function binaries(): string | undefined {
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(root, version, "bin")).find((folder) => existsSync(join(folder, "initdb")));
}

export interface TestPostgres {
  url: string;
  stop(): void;
}

/**
 * A PostgreSQL server of the tests' own, in a temporary folder; undefined when there is none to be had. Without
 * `durable` it does not fsync: that is not what tests are about, but for the chaos test, which kills servers and not the
 * database.
 */
export async function startPostgres({ durable = false } = {}): Promise<TestPostgres | undefined> {
  if (!ensurePackage("postgresql", () => binaries() !== undefined)) return undefined;
  const bin = binaries()!;
  const folder = mkdtempSync(join(tmpdir(), "trainyard-postgres-"));
  if (process.getuid?.() === 0) {
    const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
    chownSync(folder, id("-u"), id("-g"));
  }
  const data = join(folder, "data");
  const port = await freePort();
  runAs("postgres", join(bin, "initdb"), "-D", data, "-U", "trainyard", "-A", "trust", "--no-sync");
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c fsync=${durable ? "on" : "off"} -c max_connections=200`;
  runAs("postgres", join(bin, "pg_ctl"), "-D", data, "-w", "-o", settings, "-l", join(folder, "log"), "start");
  return {
    url: `postgres://trainyard@127.0.0.1:${port}/postgres`,
    stop() {
      runAs("postgres", join(bin, "pg_ctl"), "-D", data, "-m", "immediate", "stop");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
