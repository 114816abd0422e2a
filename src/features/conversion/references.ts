import type { BlobReferences } from "../../platform/blob/references.ts";

export const conversionReferences: BlobReferences[] = [
  { table: "model_conversion", key: ["id"], columns: ["digest"], trees: true },
];
