import type { secretContract } from "../../contract/secret.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { deleteSecret, listSecrets, setSecret } from "./service.ts";

export { secretSchemaStep } from "./schema.ts";
export { type Opened, openSecrets, versionsOf } from "./service.ts";

export const secretHandlers: Handlers<typeof secretContract> = {
  list: async ({ params }, ctx) => ({ items: await listSecrets(ctx, params.workspace) }),
  set: ({ params, body }, ctx) => setSecret(ctx, params, body),
  delete: async ({ params }, ctx) => void (await deleteSecret(ctx, params)),
};
