import type { BlobReferences } from "../platform/blob/references.ts";

export const engineReferences: BlobReferences[] = [
  { table: "task", key: ["execution_id", "name"], columns: ["input", "payload", "result"], trees: true },
];
