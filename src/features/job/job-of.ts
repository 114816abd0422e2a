import type { Job, JobOrigin } from "../../contract/job.ts";
import type { JobTable } from "./schema.ts";
import { tagsOfJob } from "./tag.ts";

export const jobOf = (row: Omit<JobTable, "definition">, waiting: Job["waiting"] = []): Job => ({
  id: row.id,
  name: row.name,
  displayName: row.display_name,
  type: row.type,
  experiment: row.experiment,
  state: row.state as Job["state"],
  error: row.error,
  trigger: row.trigger,
  runId: row.run_id,
  createdAt: row.created_at,
  startedAt: row.started_at,
  endedAt: row.ended_at,
  createdBy: { id: row.created_by_id, name: row.created_by_name },
  waiting,
  origin: row.origin_job_id
    ? { jobId: row.origin_job_id, relation: row.relation as JobOrigin["relation"], step: row.origin_step }
    : null,
  description: row.description,
  tags: tagsOfJob(row),
  archived: row.archived_at !== null,
  deletedAt: row.deleted_at,
  parent: row.parent_job_id ? { jobId: row.parent_job_id, step: row.parent_step! } : null,
});
