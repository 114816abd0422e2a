import { z } from "zod";
import { nameSchema, timeSchema } from "./common.ts";

const timeZoneSchema = z
  .string()
  .max(100)
  .refine((zone) => {
    try {
      new Intl.DateTimeFormat("en", { timeZone: zone });
      return true;
    } catch {
      return false;
    }
  }, "not a time zone such as Europe/Berlin");

const span = { startTime: timeSchema.optional(), endTime: timeSchema.optional() };
const hour = z.number().int().min(0).max(23);
const minute = z.number().int().min(0).max(59);
export const weekDays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

export const triggerSchema = z.discriminatedUnion("type", [
  /** Five fields: minute, hour, day of month, month, day of week. A day matches when either of the two day fields does. */
  z.strictObject({
    type: z.literal("cron"),
    expression: z.string().min(1).max(200),
    timeZone: timeZoneSchema.default("UTC"),
    ...span,
  }),
  /** Every `interval` minutes, hours, days, weeks or months, counted from the start time; of days, at times of the day. */
  z.strictObject({
    type: z.literal("recurrence"),
    frequency: z.enum(["minute", "hour", "day", "week", "month"]),
    interval: z.number().int().min(1).max(10_000).default(1),
    hours: z.array(hour).max(24).default([]),
    minutes: z.array(minute).max(60).default([]),
    weekDays: z.array(z.enum(weekDays)).max(7).default([]),
    monthDays: z.array(z.number().int().min(1).max(31)).max(31).default([]),
    timeZone: timeZoneSchema.default("UTC"),
    ...span,
  }),
  /** Each new version of a data asset, once its check found it good. */
  z.strictObject({ type: z.literal("data"), name: nameSchema }),
  /** Each call of the schedule's address. `signed`: only calls that are signed with its key, which is shown with it. */
  z.strictObject({ type: z.literal("webhook"), signed: z.boolean().default(false) }),
]);
export type Trigger = z.infer<typeof triggerSchema>;
