import { z } from "zod";
import { actorSchema, inWorkspace, named, nameSchema, timeSchema } from "./common.ts";
import { operation } from "./operation.ts";

/** Places where files are. `local` is a folder of the server; the others are what Azure ML can describe. */
export const datastoreTypes = [
  "local",
  "azure_blob",
  "azure_file",
  "azure_data_lake_gen1",
  "azure_data_lake_gen2",
  "one_lake",
  "hdfs",
] as const;
export type DatastoreType = (typeof datastoreTypes)[number];

/** What a datastore of each type cannot do without. */
export const requiredSettings: Record<DatastoreType, readonly string[]> = {
  local: ["path"],
  azure_blob: ["account_name", "container_name"],
  azure_file: ["account_name", "file_share_name"],
  azure_data_lake_gen1: ["store_name"],
  azure_data_lake_gen2: ["account_name", "filesystem"],
  one_lake: ["one_lake_workspace_name", "artifact"],
  hdfs: ["name_node_address"],
};

/** Where it is, in the words of its type: `account_name`, `container_name`, `path`. Never a credential. */
const settingsSchema = z.record(z.string().max(100), z.string().max(4096));

export const datastoreSchema = z.object({
  name: nameSchema,
  type: z.enum(datastoreTypes),
  description: z.string(),
  settings: settingsSchema,
  /** The URL that its paths stand for; of a folder of the server, null. */
  url: z.string().nullable(),
  /** The folder of the server that its content is read from; null: none, so that only public addresses can be read. */
  folder: z.string().nullable(),
  /** May jobs write there? */
  writable: z.boolean(),
  createdAt: timeSchema,
  createdBy: actorSchema,
});
export type Datastore = z.infer<typeof datastoreSchema>;

export const datastoreContract = {
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/datastores",
    summary: "List datastores by name",
    permission: "data:read",
    params: inWorkspace,
    response: z.object({ items: z.array(datastoreSchema) }),
  }),
  get: operation({
    method: "GET",
    path: "/workspaces/{workspace}/datastores/{name}",
    summary: "A datastore, and from where its content is read",
    permission: "data:read",
    params: named,
    response: datastoreSchema,
  }),
  put: operation({
    method: "PUT",
    path: "/workspaces/{workspace}/datastores/{name}",
    summary: "Name a place where files are, or change it; a folder of the server takes datastore:local as well",
    permission: "datastore:write",
    params: named,
    body: z.strictObject({
      type: z.enum(datastoreTypes),
      description: z.string().max(10_000).default(""),
      settings: settingsSchema.default({}),
    }),
    response: datastoreSchema,
  }),
  delete: operation({
    method: "DELETE",
    path: "/workspaces/{workspace}/datastores/{name}",
    summary: "Forget a datastore; what was read from it stays",
    permission: "datastore:write",
    params: named,
  }),
};
