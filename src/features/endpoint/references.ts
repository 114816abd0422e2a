import type { BlobReferences } from "../../platform/blob/references.ts";

export const endpointReferences: BlobReferences[] = [
  { table: "deployment", key: ["workspace", "endpoint", "name"], columns: ["digest"], trees: true },
  {
    table: "reported_deployment",
    key: ["node", "workspace", "endpoint", "deployment"],
    columns: ["digest"],
    trees: true,
  },
  { table: "collected_batch", key: ["workspace", "endpoint", "node", "sequence"], columns: ["digest"], trees: false },
];
