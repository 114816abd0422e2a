import type { BlobReferences } from "../../platform/blob/references.ts";

export const runReferences: BlobReferences[] = [
  { table: "artifact", key: ["owner", "path"], columns: ["digest"], trees: false },
  { table: "upload_part", key: ["upload_id", "number"], columns: ["digest"], trees: false },
];
