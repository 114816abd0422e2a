import type { Ctx } from "../../platform/context.ts";
import { mostAttempts, waitAfter } from "./backoff.ts";
import * as store from "./delivery-store.ts";
import type { DeliveryTable, WebhookTable } from "./schema.ts";
import { attempt, attemptMs } from "./send.ts";
import { deliveriesTopic } from "./subscriber.ts";

/** At once: of one webhook, so that a slow receiver does not keep the others waiting, and of all. */
const mostOfOne = 4;
const mostOfAll = 32;

/** Whoever claimed a delivery and says nothing for this long is lost. */
const leaseMs = attemptMs + 20_000;
const keptMs = 30 * 24 * 60 * 60 * 1000;
const sweepEveryMs = 60 * 60 * 1000;

/** Sends what is due until `signal` aborts. Any number of servers may do it. */
export async function runWebhookDeliveries(ctx: Ctx, signal: AbortSignal): Promise<void> {
  const flying = new Map<string, Set<Promise<void>>>();
  let sweepAt = 0;
  while (!signal.aborted) {
    const wake = ctx.signals.wait(deliveriesTopic, 1000, signal);
    try {
      if (ctx.clock.now() >= sweepAt) {
        await store.deleteBefore(ctx, ctx.clock.now() - keptMs);
        sweepAt = ctx.clock.now() + sweepEveryMs;
      }
      await launch(ctx, flying, signal);
    } catch (error) {
      ctx.log.error("deliveries of webhooks could not be claimed; they are tried again", { error });
    }
    await wake;
  }
  await Promise.all([...flying.values()].flatMap((of) => [...of]));
}

async function launch(ctx: Ctx, flying: Map<string, Set<Promise<void>>>, signal: AbortSignal): Promise<void> {
  const room = mostOfAll - [...flying.values()].reduce((sum, of) => sum + of.size, 0);
  if (room <= 0) return;
  const busy = [...flying].filter(([, of]) => of.size >= mostOfOne).map(([id]) => id);
  for (const { delivery, webhook } of await store.listDue(ctx.db, { now: ctx.clock.now(), limit: room, busy })) {
    const of = flying.get(webhook.id) ?? new Set();
    if (of.size >= mostOfOne) continue;
    flying.set(webhook.id, of);
    const flight = deliver(ctx, webhook, delivery, signal)
      .catch((error) => ctx.log.error("a delivery of a webhook is not settled; its lease will run out", { error }))
      .then(() => {
        of.delete(flight);
        if (of.size === 0) flying.delete(webhook.id);
        ctx.signals.wake(deliveriesTopic);
      });
    of.add(flight);
  }
}

/** Sends everything that is due, once, and waits for it; gives how many attempts it made. */
export async function deliverDue(ctx: Ctx): Promise<number> {
  const due = await store.listDue(ctx.db, { now: ctx.clock.now(), limit: 1000, busy: [] });
  const done = await Promise.all(due.map(({ webhook, delivery }) => deliver(ctx, webhook, delivery)));
  return done.filter(Boolean).length;
}

/** False when somebody else has claimed it. */
async function deliver(
  ctx: Ctx,
  webhook: WebhookTable,
  delivery: DeliveryTable,
  signal?: AbortSignal,
): Promise<boolean> {
  const attempts = delivery.attempts + 1;
  const claim = { attempts, next_at: ctx.clock.now() + leaseMs };
  if (!(await store.changeDelivery(ctx.db, delivery, claim))) return false;
  const { success, status, error } = await attempt(ctx, webhook, delivery, signal);
  const now = ctx.clock.now();
  const held = { id: delivery.id, attempts };
  if (success) {
    await store.changeDelivery(ctx.db, held, { state: "delivered", ended_at: now, status, error: null });
  } else if (signal?.aborted) {
    // The server stops; that was no attempt of the receiver's to fail.
    await store.changeDelivery(ctx.db, held, { next_at: now, attempts: delivery.attempts });
  } else if (attempts >= mostAttempts) {
    await store.changeDelivery(ctx.db, held, { state: "parked", ended_at: now, status, error });
  } else {
    await store.changeDelivery(ctx.db, held, { next_at: now + waitAfter(attempts), status, error });
  }
  return true;
}
