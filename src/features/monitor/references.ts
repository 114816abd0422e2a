import type { BlobReferences } from "../../platform/blob/references.ts";

/** The job of a retraining names its code. */
export const monitorReferences: BlobReferences[] = [
  { table: "monitor", key: ["workspace", "name"], columns: ["definition"], trees: true },
];
