import type { componentContract } from "../../contract/component.ts";
import type { BlobReferences } from "../../platform/blob/references.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { createComponent, getComponent, listComponents, listComponentVersions } from "./service.ts";

export { filesOf, lookupsOf } from "./files.ts";
export { componentSchema } from "./schema.ts";

export const componentHandlers: Handlers<typeof componentContract> = {
  list: async ({ params }, ctx) => ({ items: await listComponents(ctx, params.workspace) }),
  get: async ({ params }, ctx) => ({ items: await listComponentVersions(ctx, params.workspace, params.name) }),
  getVersion: ({ params }, ctx) => getComponent(ctx, params.workspace, params.name, params.version),
  create: ({ params, body }, ctx) => createComponent(ctx, params.workspace, body),
};

export const componentReferences: BlobReferences[] = [
  { table: "component_version", key: ["workspace", "name", "version"], columns: ["tree"], trees: true },
];
