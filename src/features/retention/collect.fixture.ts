import type { GcReport } from "../../contract/gc.ts";
import type { Ctx } from "../../platform/context.ts";
import { blobReferences } from "../../server/references.ts";
import { collectGarbage, type Wanted } from "./collect.ts";

const day = 86_400_000;

/** What is collected in so many days, when only what was stored today is recent. */
export const collectIn = (ctx: Ctx, days: number, more: Partial<Wanted> = {}): Promise<GcReport> => {
  const then = { ...ctx, clock: { ...ctx.clock, now: () => Date.now() + days * day } };
  const wanted = { workspace: "default", olderThanDays: 30, dryRun: false, grace: days * day - 1, ...more };
  return collectGarbage(then, blobReferences, wanted);
};
