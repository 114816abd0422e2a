import type { lineageContract } from "../../contract/lineage.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { lineageOfSubject } from "./subject.ts";

export const lineageHandlers: Handlers<typeof lineageContract> = {
  get: ({ params, query }, ctx) => lineageOfSubject(ctx, params.workspace, query.of),
};
