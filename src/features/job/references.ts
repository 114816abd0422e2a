import type { BlobReferences } from "../../platform/blob/references.ts";

export const jobReferences: BlobReferences[] = [
  { table: "job", key: ["id"], columns: ["definition"], trees: true },
  { table: "fan_out", key: ["job_id", "step"], columns: ["inputs"], trees: true },
  { table: "job_child", key: ["job_id", "step", "number"], columns: ["outputs"], trees: true },
  { table: "step_result", key: ["workspace", "key"], columns: ["outputs"], trees: true },
];
