import { conflict, invalid } from "../../contract/errors.ts";
import type { Firing } from "../../contract/schedule.ts";
import type { Trigger } from "../../contract/trigger.ts";
import { dueBetween } from "../../platform/calendar/due.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { bodyValuesOf } from "./body.ts";
import { enqueue, redo } from "./note.ts";
import { settingsOf } from "./settings.ts";
import { spanOf } from "./span.ts";
import { firingOf, requireSchedule } from "./view.ts";

const mostBackfilled = 1000;

/** Starts it now, whatever it waits for; with a body, as its address does when it is called with it. */
export async function fireNow(ctx: Ctx, workspace: string, name: string, body: unknown): Promise<Firing> {
  return transaction(ctx, async (tx) => {
    const row = await requireSchedule(tx, workspace, name);
    const bodyValues = await bodyValuesOf(tx, workspace, settingsOf(row), body);
    const key = `person/${tx.ids.next()}`;
    const asked = { dueAt: tx.clock.now(), cause: "person", key, bodyValues, askedBy: tx.actor };
    record(tx, { workspace, type: "schedule.fire-requested", subject: `schedule/${name}` });
    return firingOf((await enqueue(tx, row, asked))!);
  });
}

interface Span {
  from: number | string;
  to: number | string;
  /** Times whose job succeeded too. */
  again: boolean;
}

/** Asks for every time of a span that did not lead to a job that succeeded. */
export async function backfill(
  ctx: Ctx,
  at: { workspace: string; name: string },
  { again, ...asked }: Span,
): Promise<{ due: number[]; alreadyThere: number }> {
  return transaction(ctx, async (tx) => {
    const row = await requireSchedule(tx, at.workspace, at.name);
    const { trigger, enabled } = settingsOf(row);
    if (!enabled) {
      throw conflict(`Schedule ${at.name} is disabled: it starts nothing but by hand.`, "Enable it first.");
    }
    const span = spanOf(asked, "timeZone" in trigger ? trigger.timeZone : "UTC");
    const due = timesIn(trigger, span, row.created_at);
    if (due.length === 0) throw invalid(`Schedule ${at.name} is never due in that span.`);
    const started: number[] = [];
    for (const time of due) {
      const firing = { dueAt: time, cause: "backfill", key: `time/${time}`, askedBy: tx.actor, again };
      if ((await enqueue(tx, row, firing)) || (await redo(tx, row, firing))) started.push(time);
    }
    record(tx, {
      ...{ workspace: at.workspace, type: "schedule.backfilled", subject: `schedule/${at.name}` },
      data: { ...span, count: started.length },
    });
    return { due: started, alreadyThere: due.length - started.length };
  });
}

/** Times before the start may be asked for too; they are counted from where the others are. */
function timesIn(of: Trigger, span: { from: number; to: number }, createdAt: number): number[] {
  const { startTime, ...trigger } = { startTime: undefined, ...of };
  const due = dueBetween(trigger as Trigger, span.from - 1, span.to, startTime ?? createdAt, mostBackfilled + 1);
  if (due.length <= mostBackfilled) return due;
  throw invalid(`The span has more than ${mostBackfilled} times.`, { hint: "Take it in parts." });
}
