import type { scheduleContract } from "../../contract/schedule.ts";
import { transaction } from "../../platform/db/transaction.ts";
import type { Subscriber } from "../../platform/events/deliver.ts";
import type { Handlers } from "../../platform/http/bind.ts";
import { enqueue } from "./fire.ts";
import * as service from "./service.ts";
import { listOfData } from "./store.ts";

export { reckonSchedules, runSchedules } from "./fire.ts";
export { removeFirings } from "./old-firings.ts";
export { firingOrderSchema, scheduleSchema } from "./schema.ts";

export const scheduleHandlers: Handlers<typeof scheduleContract> = {
  list: ({ params }, ctx) => service.listSchedules(ctx, params.workspace),
  get: ({ params }, ctx) => service.getSchedule(ctx, params.workspace, params.name),
  preview: async ({ body }, ctx) => service.previewTrigger(ctx, body.trigger, body.count),
  put: ({ params, body }, ctx) => service.putSchedule(ctx, params, body),
  switch: ({ params, body }, ctx) => service.switchSchedule(ctx, params, body.enabled),
  async delete({ params }, ctx) {
    await service.deleteSchedule(ctx, params.workspace, params.name);
    return undefined;
  },
  fire: ({ params }, ctx) => service.fireNow(ctx, params.workspace, params.name),
  backfill: ({ params, body }, ctx) => service.backfill(ctx, params, body),
  renewHook: ({ params }, ctx) => service.renewHook(ctx, params.workspace, params.name),
  callHook: ({ params }, ctx) => service.callHook(ctx, params),
};

/** Schedules that wait for new versions of a data asset. */
export const changedData: Subscriber = {
  name: "schedules-of-data",
  types: ["data.version.created"],
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
