import type { BlobReferences } from "../../platform/blob/references.ts";

export const modelReferences: BlobReferences[] = [
  { table: "model_version", key: ["workspace", "name", "version"], columns: ["digest"], trees: true },
  { table: "deleted_model_version", key: ["id"], columns: ["digest"], trees: true },
];
