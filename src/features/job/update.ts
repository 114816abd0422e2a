import type { Job, JobChange, JobDefinition } from "../../contract/job.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { renameAndTag } from "../run/index.ts";
import { waitingOf } from "./decide.ts";
import { jobOf } from "./job-of.ts";
import { forgetSubmitted } from "./known.ts";
import type { JobTable } from "./schema.ts";
import * as store from "./store.ts";
import { insertTags, tagsOfJob, textOf } from "./tag.ts";
import { requireWhole } from "./trash.ts";

/** Changes what is said of a job, and of its run. What it does stays as it was submitted. */
export async function updateJob(ctx: Ctx, workspace: string, named: string, change: JobChange): Promise<Job> {
  return transaction(ctx, async (tx) => {
    const before = await store.takeJob(tx, workspace, named);
    requireWhole(before);
    const row: JobTable = {
      ...before,
      display_name: change.displayName ?? before.display_name,
      description: change.description ?? before.description,
      tags: textOf(changed(tagsOfJob(before), change.tags)),
    };
    const { id, display_name, description, tags } = row;
    await tx.db.updateTable("job").set({ display_name, description, tags }).where("id", "=", id).execute();
    await tx.db.deleteFrom("job_tag").where("job_id", "=", id).execute();
    await insertTags(tx.db, row);
    const runId = await runOfJob(tx, row);
    if (runId) await renameAndTag(tx, workspace, runId, { name: change.displayName, tags: change.tags });
    // Steps whose turn comes later have the tags of now.
    tx.unit!.afterCommit.push(() => forgetSubmitted(tx, id));
    record(tx, { workspace, type: "job.updated", subject: `job/${id}`, data: change });
    return jobOf(row, (await waitingOf(tx, [row])).get(id));
  });
}

function changed(tags: Record<string, string>, change: JobChange["tags"] = {}): Record<string, string> {
  const merged = Object.entries({ ...tags, ...change });
  return Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== null));
}

/** The run of a pipeline; of a command, that of its only step, when its turn has come. */
async function runOfJob({ db }: Ctx, row: JobTable): Promise<string | null> {
  if (row.type === "pipeline") return row.run_id;
  const [step] = Object.keys((JSON.parse(row.definition) as JobDefinition).steps);
  return (await store.findStep(db, row.id, step!))?.run_id ?? null;
}
