import type { Ctx } from "../../platform/context.ts";

/** What one schedule stumbles over holds up no other; it is looked at again with the next round. */
export async function alone<T>(ctx: Ctx, schedule: string, look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    ctx.log.error("a schedule could not be looked at; it is looked at again", { schedule, error });
    return undefined;
  }
}
