import type { viewContract } from "../../contract/view.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { createView, deleteView, listViews, updateView } from "./service.ts";

export { viewSchema } from "./schema.ts";

export const viewHandlers: Handlers<typeof viewContract> = {
  list: async ({ params, query }, ctx) => ({ items: await listViews(ctx, params.workspace, query.page) }),
  create: ({ params, body }, ctx) => createView(ctx, { ...params, ...body }),
  update: ({ params, body }, ctx, call) => updateView(ctx, call.principal, { ...params, ...body }),
  delete: ({ params }, ctx, call) => deleteView(ctx, call.principal, params.workspace, params.id).then(() => undefined),
};
