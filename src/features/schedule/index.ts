import type { scheduleContract } from "../../contract/schedule.ts";
import { transaction } from "../../platform/db/transaction.ts";
import type { Subscriber } from "../../platform/events/deliver.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { backfill, fireNow } from "./ask.ts";
import { callHook, renewHook } from "./hook.ts";
import { enqueue } from "./note.ts";
import { listOfData } from "./store.ts";
import * as view from "./view.ts";
import * as write from "./write.ts";

export { reckonSchedules, runSchedules } from "./fire.ts";
export { removeFirings } from "./old-firings.ts";
export { askedBySchema, callSchema, firingOrderSchema, scheduleSchema } from "./schema.ts";

export const scheduleHandlers: Handlers<typeof scheduleContract> = {
  list: ({ params }, ctx) => view.listSchedules(ctx, params.workspace),
  get: ({ params }, ctx) => view.getSchedule(ctx, params.workspace, params.name),
  preview: async ({ body }, ctx) => view.previewTrigger(ctx, body.trigger, body.count),
  create: ({ params, body: { name, ...settings } }, ctx) => write.createSchedule(ctx, { ...params, name }, settings),
  put: ({ params, body }, ctx) => write.putSchedule(ctx, params, body),
  switch: ({ params, body }, ctx) => write.switchSchedule(ctx, params, body.enabled),
  async delete({ params }, ctx) {
    await write.deleteSchedule(ctx, params.workspace, params.name);
    return undefined;
  },
  fire: ({ params, body }, ctx) => fireNow(ctx, params.workspace, params.name, body.body),
  backfill: ({ params, body }, ctx) => backfill(ctx, params, body),
  renewHook: ({ params }, ctx) => renewHook(ctx, params.workspace, params.name),
  callHook: ({ params, body }, ctx, { request, raw }) =>
    callHook(ctx, params, { headers: request.headers, body, raw: raw ?? Buffer.alloc(0) }),
};

/** Schedules that wait for new versions of a data asset: for those that may be used, once their check has ended. */
export const changedData: Subscriber = {
  name: "schedules-of-data",
  types: ["data.version.ready"],
  async handle(ctx, event) {
    const [, data = "", version = ""] = event.subject.split("/");
    await transaction(ctx, async (tx) => {
      for (const row of await listOfData(tx, event.workspace!, data)) {
        const cause = `data/${data}/${version}`;
        await enqueue(tx, row, { dueAt: event.at, cause, key: cause });
      }
    });
  },
};
