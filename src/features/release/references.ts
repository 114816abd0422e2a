import type { BlobReferences } from "../../platform/blob/references.ts";

export const releaseReferences: BlobReferences[] = [
  { table: "release", key: ["workspace", "number"], columns: ["manifest", "manifest_digest"], trees: true },
];
