import type { BlobReferences } from "../../platform/blob/references.ts";

export const environmentReferences: BlobReferences[] = [
  {
    table: "environment_version",
    key: ["workspace", "name", "version"],
    columns: ["build", "files", "uv_project"],
    trees: true,
  },
  // A lock says by their digest which files it installs from.
  { table: "environment_lock", key: ["workspace", "specification", "platform"], columns: ["lock"], trees: true },
];
