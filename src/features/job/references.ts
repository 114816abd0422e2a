import type { BlobReferences } from "../../platform/blob/references.ts";

export const jobReferences: BlobReferences[] = [
  { table: "job", key: ["id"], columns: ["definition"], trees: true },
  { table: "step_result", key: ["workspace", "key"], columns: ["outputs"], trees: true },
];
