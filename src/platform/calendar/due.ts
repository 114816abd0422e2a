import { Cron } from "croner";
import { invalid } from "../../contract/errors.ts";
import { type Trigger, weekDays } from "../../contract/trigger.ts";
import { instantOf, unitAfter, unitsBetween, type WallTime, wallTime } from "./wall-time.ts";

const dayMs = 86_400_000;
const clockMs = { minute: 60_000, hour: 3_600_000 };
/**
 * So many of its units are looked at for a time of a recurrence. Months repeat after 400 years at the latest, so that one
 * without a time in them all has none.
 */
const mostUnits = 1000;

/**
 * When a trigger is due next after a time; null when never, or when no clock says so. A wall time that a change of the
 * clocks leaves out comes right after the gap; one that comes twice is due once.
 *
 * @param anchor from when intervals are counted when the trigger has no start time
 */
export function nextDue(trigger: Trigger, after: number, anchor: number): number | null {
  if (trigger.type !== "cron" && trigger.type !== "recurrence") return null;
  const from = Math.max(after, (trigger.startTime ?? 0) - 1);
  const next = trigger.type === "cron" ? nextCron(trigger, from) : nextRecurrence(trigger, from, anchor);
  return next === null || next > (trigger.endTime ?? Number.POSITIVE_INFINITY) ? null : next;
}

/** Every time at which a trigger is due after `after` and up to `to`; at most `most`. */
export function dueBetween(trigger: Trigger, after: number, to: number, anchor: number, most: number): number[] {
  const due: number[] = [];
  for (let at = nextDue(trigger, after, anchor); at !== null && at <= to; at = nextDue(trigger, at, anchor)) {
    due.push(at);
    if (due.length >= most) break;
  }
  return due;
}

/** The last times at which a trigger is due after `after` and up to `to`, oldest first; at most `most`. */
export function lastDueBetween(trigger: Trigger, after: number, to: number, anchor: number, most: number): number[] {
  for (let span = dayMs; ; span *= 4) {
    const from = Math.max(after, to - span);
    const due = dueBetween(trigger, from, to, anchor, Number.POSITIVE_INFINITY);
    if (due.length >= most || from === after) return due.slice(-most);
  }
}

export interface TriggerProblem {
  /** Where; null for the trigger as a whole. */
  field: "expression" | "hours" | "weekDays" | "monthDays" | "endTime" | null;
  message: string;
  hint?: string;
}

/** Fails when a trigger can never be due, or says two things that do not go together. */
export function checkTrigger(trigger: Trigger, anchor: number): void {
  const problem = problemOfTrigger(trigger, anchor);
  if (problem) throw invalid(`${problem.message}.`, { hint: problem.hint });
}

/**
 * What is wrong with a trigger, in words.
 *
 * @param anchor from when intervals are counted when the trigger has no start time
 */
export function problemOfTrigger(trigger: Trigger, anchor: number): TriggerProblem | undefined {
  if (trigger.type !== "cron" && trigger.type !== "recurrence") return undefined;
  const wrong = trigger.type === "cron" ? problemOfCron(trigger) : problemOfPattern(trigger);
  if (wrong) return wrong;
  if (trigger.endTime !== undefined && trigger.endTime <= (trigger.startTime ?? 0)) {
    return { field: "endTime", message: "The end time of a trigger must be after its start time" };
  }
  if (nextDue({ ...trigger, endTime: undefined }, anchor, anchor) !== null) return undefined;
  const hint = "February has no 30th, and every 12 months from April has no 31st.";
  return { field: null, message: "The trigger is never due: no day is what it asks for", hint };
}

function problemOfPattern({ frequency, interval, hours, minutes, ...days }: Recurrence): TriggerProblem | undefined {
  const isByClock = frequency === "minute" || frequency === "hour";
  if (isByClock && [hours, minutes, days.weekDays, days.monthDays].some((given) => given.length > 0)) {
    const hint = "Leave hours, minutes, week days and month days out, or use the frequency day.";
    return { field: "hours", message: `Every ${interval} ${frequency}s has no times of the day`, hint };
  }
  if (days.weekDays.length > 0 && frequency !== "week") {
    return { field: "weekDays", message: "Week days belong to the frequency week" };
  }
  if (days.monthDays.length > 0 && frequency !== "month") {
    return { field: "monthDays", message: "Month days belong to the frequency month" };
  }
  return undefined;
}

function problemOfCron({ expression, timeZone }: { expression: string; timeZone: string }): TriggerProblem | undefined {
  const hint = 'Five fields: minute, hour, day of month, month, day of week. "0 6 * * 1-5" is six on workdays.';
  const fields = expression.trim().split(/\s+/);
  const what = `"${expression}" is no cron expression: `;
  if (fields.length !== cronFields.length)
    return { field: "expression", message: `${what}it has not five fields`, hint };
  if (parsedCron(expression, timeZone)) return undefined;
  return { field: "expression", message: `${what}${whatIsWrong(fields)}`, hint };
}

type Recurrence = Extract<Trigger, { type: "recurrence" }>;

const crons = new Map<string, Cron>();

function cronOf(expression: string, timeZone: string): Cron {
  const key = `${timeZone} ${expression}`;
  const known = crons.get(key);
  if (known) return known;
  const cron = parsedCron(expression, timeZone);
  if (!cron) throw invalid(`"${expression}" is no cron expression.`);
  if (crons.size > 1000) crons.clear();
  crons.set(key, cron);
  return cron;
}

/** Lists and ranges of hours and minutes are times of the day like single ones: a change of the clocks neither drops nor doubles them. */
function parsedCron(expression: string, timeZone: string): Cron | undefined {
  try {
    return new Cron(expression, { timezone: timeZone, paused: true, mode: "5-part", fixedTimeRule: "no-wildcard" });
  } catch {
    return undefined;
  }
}

const cronFields = [
  "minute (0 to 59)",
  "hour (0 to 23)",
  "day of the month (1 to 31)",
  "month (1 to 12)",
  "day of the week (0 to 7, or SUN to SAT)",
];

/** The first field that would be wrong in any expression. */
function whatIsWrong(fields: string[]): string {
  const alone = (at: number) => fields.map((field, index) => (index === at ? field : "*")).join(" ");
  const wrong = fields.findIndex((_, at) => parsedCron(alone(at), "UTC") === undefined);
  return wrong < 0 ? "its fields do not go together" : `"${fields[wrong]}" is no ${cronFields[wrong]}`;
}

const nextCron = ({ expression, timeZone }: { expression: string; timeZone: string }, after: number): number | null =>
  cronOf(expression, timeZone).nextRun(new Date(after))?.getTime() ?? null;

function nextRecurrence(trigger: Recurrence, after: number, anchor: number): number | null {
  const { frequency, interval, timeZone } = trigger;
  const start = trigger.startTime ?? anchor;
  if (frequency === "minute" || frequency === "hour") {
    const every = interval * clockMs[frequency];
    return start + (Math.floor((after - start) / every) + 1) * every;
  }
  const first = wallTime(start, timeZone);
  const expression = patternOf(trigger, first);
  let at = nextCron({ expression, timeZone }, after);
  for (let looked = 0; at !== null && looked < mostUnits; looked++) {
    const wall = wallTime(at, timeZone);
    const over = unitsBetween(frequency, first, wall) % interval;
    if (over === 0) return at;
    // Not match by match through units that are left out: an interval may have thousands of them, each with many.
    const begin = instantOf(unitAfter(frequency, wall, over > 0 ? interval - over : -over), timeZone);
    at = nextCron({ expression, timeZone }, Math.max(at, begin - 1));
  }
  return null;
}

/** Times of the day as cron; what is not said is as at the start. */
function patternOf({ frequency, hours, minutes, weekDays: days, monthDays }: Recurrence, first: WallTime): string {
  const at = (given: number[], otherwise: number): string => (given.length > 0 ? given : [otherwise]).join(",");
  const time = `${at(minutes, hours.length > 0 ? 0 : first.minute)} ${at(hours, first.hour)}`;
  if (frequency === "day") return `${time} * * *`;
  if (frequency === "month") return `${time} ${at(monthDays, first.day)} * *`;
  const numbers = days.map((day) => (weekDays.indexOf(day) + 1) % 7);
  return `${time} * * ${at(numbers, first.weekDay)}`;
}
