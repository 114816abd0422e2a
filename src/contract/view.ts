import { z } from "zod";
import { actorSchema, identified, inWorkspace, timeSchema } from "./common.ts";
import { operation } from "./operation.ts";

/** What a page shows, as the parameters of its address: filter, order, columns. */
const querySchema = z
  .record(z.string().max(100), z.string().max(20_000))
  .refine((query) => JSON.stringify(query).length <= 40_000, "a view has at most 40,000 characters");

const nameSchema = z.string().trim().min(1).max(100);

/** Path of the page in Studio: `experiments/3`. */
const pageSchema = z.string().regex(/^[a-z][a-z-]*(\/[\w.-]{1,255})?$/, "not a page such as experiments/3");

export const viewSchema = z.object({
  id: z.string(),
  page: z.string(),
  name: z.string(),
  query: z.record(z.string(), z.string()),
  owner: actorSchema,
  createdAt: timeSchema,
  updatedAt: timeSchema,
});
export type View = z.infer<typeof viewSchema>;

/** Saved views of tables. Everyone in the workspace sees them; who saved one may change it, and so may owners. */
export const viewContract = {
  list: operation({
    method: "GET",
    path: "/workspaces/{workspace}/views",
    summary: "List saved views by name",
    permission: "view:read",
    params: inWorkspace,
    query: z.object({ page: pageSchema.optional() }),
    response: z.object({ items: z.array(viewSchema) }),
  }),
  create: operation({
    method: "POST",
    path: "/workspaces/{workspace}/views",
    summary: "Save a view of a page under a new name",
    permission: "view:write",
    params: inWorkspace,
    body: z.strictObject({ page: pageSchema, name: nameSchema, query: querySchema }),
    response: viewSchema,
  }),
  update: operation({
    method: "PATCH",
    path: "/workspaces/{workspace}/views/{id}",
    summary: "Rename a saved view, or change what it shows",
    permission: "view:write",
    params: identified,
    body: z.strictObject({ name: nameSchema.optional(), query: querySchema.optional() }),
    response: viewSchema,
  }),
  delete: operation({
    method: "DELETE",
    path: "/workspaces/{workspace}/views/{id}",
    summary: "Delete a saved view",
    permission: "view:write",
    params: identified,
  }),
};
