import { setTimeout as pause } from "node:timers/promises";
import type { Ctx } from "../platform/context.ts";

const pauseMs = { first: 1000, most: 30_000 };

/** Something that a server does until `signal` aborts, or until it is done. */
export type Loop = (ctx: Ctx, signal: AbortSignal) => Promise<void>;

/** Runs loops side by side. One that fails is begun again after a pause: it ends no other one, and not the server. */
export async function runLoops(ctx: Ctx, loops: Record<string, Loop>, signal: AbortSignal): Promise<void> {
  await Promise.all(Object.entries(loops).map(([name, loop]) => keepRunning(ctx, name, loop, signal)));
}

async function keepRunning(ctx: Ctx, name: string, loop: Loop, signal: AbortSignal): Promise<void> {
  for (let wait = pauseMs.first; ; wait = Math.min(wait * 2, pauseMs.most)) {
    try {
      return await loop(ctx, signal);
    } catch (error) {
      if (signal.aborted) return;
      ctx.log.error("a part of the server failed; it is begun again", { part: name, error });
    }
    await pause(wait, undefined, { signal }).catch(() => {});
  }
}
