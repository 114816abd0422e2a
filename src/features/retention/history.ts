import type { GcReport } from "../../contract/gc.ts";
import { removeEvents } from "../../engine/index.ts";
import type { Ctx } from "../../platform/context.ts";
import { removeEndedTaskTokens } from "../access/index.ts";
import { removeLogs } from "../job/index.ts";
import { removeFirings } from "../schedule/index.ts";
import { getRetention } from "./policy.ts";

const day = 86_400_000;

/** Removes what the workspace keeps no longer, and the tokens of tasks that nobody can use any more. */
export async function removeHistory(
  ctx: Ctx,
  { workspace, dryRun }: { workspace: string; dryRun: boolean },
): Promise<Pick<GcReport, "logs" | "events" | "firings" | "tokens">> {
  const { logsDays, eventsDays, firingsDays } = await getRetention(ctx, workspace);
  const tooOld = (days: number) => ({ workspace, dryRun, days, before: ctx.clock.now() - days * day });
  return {
    logs: logsDays === null ? 0 : await removeLogs(ctx, tooOld(logsDays)),
    events: eventsDays === null ? 0 : await removeEvents(ctx, tooOld(eventsDays)),
    firings: firingsDays === null ? 0 : await removeFirings(ctx, tooOld(firingsDays)),
    tokens: await removeEndedTaskTokens(ctx, { workspace, dryRun }),
  };
}
