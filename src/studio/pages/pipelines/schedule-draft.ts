import { lateNames } from "../../../contract/late-value.ts";
import type { Schedule, ScheduleSettings } from "../../../contract/schedule.ts";
import { type Trigger, weekDays } from "../../../contract/trigger.ts";

type Recurrence = Extract<Trigger, { type: "recurrence" }>;

/** A schedule as it is typed: numbers and lists are text until they are sent. */
export interface ScheduleDraft {
  name: string;
  description: string;
  type: Trigger["type"];
  expression: string;
  timeZone: string;
  frequency: Recurrence["frequency"];
  interval: string;
  hours: string;
  minutes: string;
  weekDays: string[];
  monthDays: string;
  data: string;
  signed: boolean;
  /** Empty for the newest. */
  version: string;
  /** What is empty stays as it was published. */
  inputs: Record<string, string>;
  overlap: ScheduleSettings["overlap"];
  catchUp: ScheduleSettings["catchUp"];
}

const emptyDraft: ScheduleDraft = {
  ...{ name: "", description: "", type: "cron", expression: "30 2 * * *", timeZone: "UTC" },
  ...{ frequency: "day", interval: "1", hours: "2", minutes: "30", weekDays: [], monthDays: "" },
  ...{ data: "", signed: false, version: "", inputs: {}, overlap: "skip", catchUp: "last" },
};

export const newDraft = (timeZone: string): ScheduleDraft => ({ ...emptyDraft, timeZone });

export function draftOf({ trigger, start, ...rest }: Schedule): ScheduleDraft {
  const { name, description, overlap, catchUp } = rest;
  const inputs = Object.fromEntries(Object.entries(start.inputs).map(([input, value]) => [input, String(value)]));
  const version = start.version === undefined ? "" : String(start.version);
  const draft = { ...emptyDraft, name, description, overlap, catchUp, inputs, version, type: trigger.type };
  switch (trigger.type) {
    case "cron":
      return { ...draft, expression: trigger.expression, timeZone: trigger.timeZone };
    case "recurrence": {
      const lists = { hours: trigger.hours.join(", "), minutes: trigger.minutes.join(", ") };
      const { frequency, timeZone } = trigger;
      const days = { weekDays: trigger.weekDays, monthDays: trigger.monthDays.join(", ") };
      return { ...draft, frequency, timeZone, interval: String(trigger.interval), ...lists, ...days };
    }
    case "data":
      return { ...draft, data: trigger.name };
    case "webhook":
      return { ...draft, signed: trigger.signed };
  }
}

/** What is typed as a trigger; undefined while something is missing in it. What the form does not show stays as it is. */
export function triggerOf(draft: ScheduleDraft, before?: Trigger): Trigger | undefined {
  switch (draft.type) {
    case "cron":
      return { ...spanOf(before), type: "cron", expression: draft.expression.trim(), timeZone: draft.timeZone.trim() };
    case "recurrence":
      return recurrenceOf(draft, before);
    case "data":
      return draft.data.trim() === "" ? undefined : { type: "data", name: draft.data.trim() };
    case "webhook":
      return { type: "webhook", signed: draft.signed };
  }
}

function recurrenceOf(draft: ScheduleDraft, before: Trigger | undefined): Trigger | undefined {
  const { frequency, timeZone } = draft;
  const isOfDays = frequency !== "minute" && frequency !== "hour";
  const [interval, ...more] = numbersIn(draft.interval) ?? [];
  const hours = isOfDays ? numbersIn(draft.hours) : [];
  const minutes = isOfDays ? numbersIn(draft.minutes) : [];
  const monthDays = frequency === "month" ? numbersIn(draft.monthDays) : [];
  if (interval === undefined || more.length > 0 || !hours || !minutes || !monthDays) return undefined;
  const days = frequency === "week" ? weekDays.filter((day) => draft.weekDays.includes(day)) : [];
  const times = { hours, minutes, weekDays: days, monthDays };
  return { ...spanOf(before), type: "recurrence", frequency, interval, timeZone: timeZone.trim(), ...times };
}

const spanOf = (before: Trigger | undefined): { startTime?: number; endTime?: number } => ({
  ...(before && "startTime" in before ? { startTime: before.startTime } : {}),
  ...(before && "endTime" in before ? { endTime: before.endTime } : {}),
});

/** `2, 14`; undefined for what is no list of whole numbers. */
function numbersIn(text: string): number[] | undefined {
  const parts = text.split(/[\s,]+/).filter((part) => part !== "");
  return parts.every((part) => /^\d+$/.test(part)) ? parts.map(Number) : undefined;
}

/** The settings that are sent, or undefined while something is missing. */
export function settingsOf(draft: ScheduleDraft, pipeline: string, before?: Schedule) {
  const trigger = triggerOf(draft, before?.trigger);
  if (!trigger) return undefined;
  const inputs = Object.fromEntries(Object.entries(draft.inputs).filter(([, value]) => value.trim() !== ""));
  const version = draft.version === "" ? undefined : Number(draft.version);
  const start = { ...before?.start, inputs, version };
  const { description, overlap, catchUp } = draft;
  return { pipeline, description, trigger, start, overlap, catchUp, enabled: before?.enabled ?? true };
}

/** Does it take something from the body of a call? */
export const takesBody = ({ trigger, start }: Pick<Schedule, "trigger" | "start">): boolean =>
  trigger.type === "webhook" &&
  Object.values(start.inputs).some((value) => lateNames(String(value)).some((name) => name.includes(".body.")));
