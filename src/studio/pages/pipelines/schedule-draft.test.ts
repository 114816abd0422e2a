import { expect, it } from "vitest";
import { scheduleSchema } from "../../../contract/schedule.ts";
import { draftOf, newDraft, settingsOf, takesBody, triggerOf } from "./schedule-draft.ts";

const stored = (trigger: object, start: object = {}) =>
  scheduleSchema.parse({
    ...{ name: "nightly", pipeline: "train", trigger, start, enabled: false, overlap: "queue", hasAddress: false },
    ...{ nextAt: null, last: null, createdAt: 1, createdBy: { id: "1", name: "ada" } },
  });

it.each([
  [{ type: "cron", expression: "0 6 * * 1-5", timeZone: "Europe/Berlin", endTime: 5 }],
  [
    {
      type: "recurrence",
      frequency: "week",
      interval: 2,
      hours: [2, 14],
      weekDays: ["monday", "friday"],
      startTime: 3,
    },
  ],
  [{ type: "recurrence", frequency: "month", monthDays: [1, 15], minutes: [30] }],
  [{ type: "recurrence", frequency: "minute", interval: 90 }],
  [{ type: "data", name: "diabetes" }],
  [{ type: "webhook", signed: true }],
])("leaves what was not changed as it was: %j", (trigger) => {
  const before = stored(trigger, { version: 2, experiment: "x", inputs: { alpha: "0.5" } });
  const { name, nextAt, last, createdAt, createdBy, hasAddress, ...settings } = before;
  expect(settingsOf(draftOf(before), "train", before)).toEqual(settings);
});

it("drops times of the day from what is counted by the clock, and days that belong to another frequency", () => {
  const draft = { ...newDraft("UTC"), type: "recurrence" as const, weekDays: ["monday"], monthDays: "3" };
  const none = { hours: [], minutes: [], weekDays: [], monthDays: [] };
  expect(triggerOf({ ...draft, frequency: "hour" })).toMatchObject(none);
  expect(triggerOf({ ...draft, frequency: "day" })).toMatchObject({ ...none, hours: [2], minutes: [30] });
  expect(triggerOf({ ...draft, frequency: "week" })).toMatchObject({ weekDays: ["monday"], monthDays: [] });
});

it.each([{ interval: "often" }, { interval: "" }, { hours: "2; 3" }, { interval: "1 2" }])("waits for %j", (typed) => {
  const draft = { ...newDraft("UTC"), type: "recurrence" as const, ...typed };
  expect(settingsOf(draft, "train")).toBeUndefined();
});

it("sends no value for an input that is left empty", () => {
  const draft = { ...newDraft("UTC"), inputs: { alpha: "1", rows: " " } };
  expect(settingsOf(draft, "train")?.start.inputs).toEqual({ alpha: "1" });
});

it("knows which schedules take something from a body", () => {
  const start = { inputs: { branch: `\${{ creation_context.body.ref }}` } };
  expect(takesBody(stored({ type: "webhook" }, start))).toBe(true);
  expect(takesBody(stored({ type: "webhook" }, { inputs: { at: `\${{creation_context.trigger_time}}` } }))).toBe(false);
});
