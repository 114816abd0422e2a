import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import "../../../src/engine/schema.ts";
import "../../../src/features/job/schema.ts";
import "../../../src/features/release/schema.ts";
import "../../../src/features/endpoint/schema.ts";
import { listDiskBlobs } from "../../../src/platform/blob/disk.ts";
import { openDatabase } from "../../../src/platform/db/open.ts";
import type { Db } from "../../../src/platform/db/tables.ts";
import { isLegal } from "../../support/task-path.ts";

/** Looks at a stopped installation: what design §5 promises, as far as it can be read from what is stored. */
export async function checkInvariants(home: string, databaseUrl: string | undefined): Promise<void> {
  await withDatabase(home, databaseUrl, async (db) => {
    await checkExecutions(db);
    await checkBlobs(db, join(home, "blobs"));
  });
}

async function withDatabase(home: string, databaseUrl: string | undefined, work: (db: Db) => Promise<void>) {
  const db = openDatabase({ home, databaseUrl });
  try {
    await work(db);
  } finally {
    await db.destroy();
  }
}

async function checkExecutions(db: Db): Promise<void> {
  const executions = await db.selectFrom("execution").selectAll().execute();
  expect(executions).not.toEqual([]);
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
    expect(tasks, id).not.toEqual([]);
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
}

async function checkBlobs(db: Db, folder: string): Promise<void> {
  const stored = new Set(await listDiskBlobs(folder));
  for (const { digest } of await db.selectFrom("blob").select("digest").execute()) expect(stored).toContain(digest);
  for (const digest of stored) {
    const content = readFileSync(join(folder, digest.slice(0, 2), digest.slice(2)));
    expect(createHash("sha256").update(content).digest("hex")).toBe(digest);
  }
}

/** Each round of the story left one job of its own and one of its build, whatever was repeated. */
export async function checkRounds(home: string, databaseUrl: string | undefined, rounds: number): Promise<void> {
  await withDatabase(home, databaseUrl, async (db) => {
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
  });
}
