import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import "../../../src/engine/schema.ts";
import "../../../src/features/job/schema.ts";
import "../../../src/features/release/schema.ts";
import "../../../src/features/endpoint/schema.ts";
import { listDiskBlobs } from "../../../src/platform/blob/disk.ts";
import { openDatabase } from "../../../src/platform/db/open.ts";
import { isLegal } from "../../support/task-path.ts";

/** Looks at a stopped installation: what design §5 promises, as far as it can be read from what is stored. */
export async function checkInvariants(home: string, databaseUrl: string | undefined, rounds: number): Promise<void> {
  const db = openDatabase({ home, databaseUrl });
  try {
    const executions = await db.selectFrom("execution").selectAll().execute();
    for (const { id, state, seq, kind, subject, error } of executions) {
      expect(state, `${kind} ${subject} ended well: ${error}`).toBe("succeeded");
      const events = await db
        .selectFrom("execution_event")
        .selectAll()
        .where("execution_id", "=", id)
        .orderBy("seq")
        .execute();
      expect(events.map((event) => event.seq)).toEqual(Array.from({ length: seq }, (_, index) => index + 1));
      const tasks = await db.selectFrom("task").selectAll().where("execution_id", "=", id).execute();
      for (const task of tasks) {
        const types = events.filter((event) => event.task === task.name).map((event) => event.type);
        expect(isLegal(types), types.join(" → ")).toBe(true);
        expect(
          types.filter((type) => type === "task.succeeded" || type === "task.reused"),
          "one recorded result",
        ).toHaveLength(1);
        const epochs = events
          .filter((event) => event.task === task.name && event.type === "task.claimed")
          .map((event) => JSON.parse(event.data).epoch);
        expect(epochs, "epochs only grow").toEqual(Array.from({ length: epochs.length }, (_, index) => index + 1));
      }
    }
    // Each round left one job of its own and one of its build, whatever was repeated.
    expect((await db.selectFrom("job").select("id").execute()).length).toBe(2 * rounds);
    expect((await db.selectFrom("release").select("number").execute()).length).toBe(rounds);
    expect((await db.selectFrom("release_decision").select("release").execute()).length).toBe(rounds);
    for (const endpoint of ["chaos-test", "chaos-prd"]) {
      const live = await db
        .selectFrom("deployment")
        .select(["name", "traffic"])
        .where("endpoint", "=", endpoint)
        .where("traffic", ">", 0)
        .execute();
      expect(live, "one active release per slot").toEqual([{ name: `r${rounds}`, traffic: 100 }]);
    }
    const stored = new Set(await listDiskBlobs(join(home, "blobs")));
    for (const { digest } of await db.selectFrom("blob").select("digest").execute()) expect(stored).toContain(digest);
    for (const digest of stored) {
      const content = readFileSync(join(home, "blobs", digest.slice(0, 2), digest.slice(2)));
      expect(createHash("sha256").update(content).digest("hex")).toBe(digest);
    }
    expect(readdirSync(join(home, "blobs", "incoming"))).toEqual([]);
  } finally {
    await db.destroy();
  }
}

/** Processes that carry the mark of the home's agent: none may be left. */
export function leftovers(home: string): string[] {
  return readdirSync("/proc").filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      return readFileSync(`/proc/${entry}/environ`, "latin1").includes(`TRAINYARD_AGENT_HOME=${home}`);
    } catch {
      return false;
    }
  });
}
