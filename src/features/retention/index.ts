import type { gcContract } from "../../contract/gc.ts";
import type { BlobReferences } from "../../platform/blob/references.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { collectGarbage } from "./collect.ts";

export const createGcHandlers = (references: BlobReferences[]): Handlers<typeof gcContract> => ({
  collect: ({ params, body }, ctx) => collectGarbage(ctx, references, { ...params, ...body }),
});
