import type { BlobReferences } from "../../platform/blob/references.ts";

export const dataReferences: BlobReferences[] = [
  { table: "data_version", key: ["workspace", "name", "version"], columns: ["digest"], trees: true },
];
