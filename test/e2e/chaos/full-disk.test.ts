import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createJobs, definition, step } from "../../../src/features/job/job.fixture.ts";
import { mayMount } from "../../support/mount.ts";
import { createServerProcess } from "../../support/server-process.ts";
import { checkInvariants } from "./invariants.ts";

/** Writes until nothing more fits. */
function fill(file: string): void {
  for (const size of [2 ** 20, 2 ** 12, 1]) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: "a" });
    } catch {
      // This much does not fit any more.
    }
  }
}

it.skipIf(!mayMount)(
  "says that its disk is full, loses nothing, and goes on when there is room",
  { timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "trainyard-full-"));
    onTestFinished(() => rmdirSync(folder));
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64m", "none", folder]);
    expect(mounted.status, String(mounted.stderr)).toBe(0);
    onTestFinished(() => void spawnSync("umount", ["--lazy", folder]));
    const server = await createServerProcess(join(folder, "home"));
    onTestFinished(() => server.stop());
    await server.start();
    const jobs = createJobs(server.client());
    const prints = definition({
      one: step("for i in $(seq 200); do echo $i; sleep 0.02; done", { deterministic: false }),
    });
    const { id } = await jobs.submit(prints);
    await jobs.until(id, (job) => job.state === "running");

    fill(join(folder, "ballast"));
    const refused = { code: "unavailable", message: "The disk of the server is full; nothing was changed." };
    await expect(server.client().access.createUser({ body: { name: "ada", role: "reader" } })).rejects.toMatchObject(
      refused,
    );
    await expect(jobs.submit(prints)).rejects.toMatchObject(refused);
    expect(server.isRunning()).toBe(true);

    rmSync(join(folder, "ballast"));
    expect((await jobs.ended(id, 60_000)).state).toBe("succeeded");
    expect(await server.client().audit.verify()).toMatchObject({ valid: true });
    await server.stop();
    await checkInvariants(server.home, undefined);
  },
);
