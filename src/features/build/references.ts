import type { BlobReferences } from "../../platform/blob/references.ts";

export const buildReferences: BlobReferences[] = [
  { table: "build", key: ["workspace", "number"], columns: ["code", "models", "evidence"], trees: true },
];
