import type { AssetFile } from "../../contract/asset-file.ts";
import { didYouMean } from "../../contract/suggest.ts";
import { type Trigger, triggerSchema, weekDays } from "../../contract/trigger.ts";
import type { About } from "./asset-file.ts";
import { scheduleShape, triggerShape } from "./asset-schema.ts";
import type { Context, TriggerProblem } from "./context.ts";
import type { MapNode, Node, ScalarNode } from "./document.ts";
import { readFields, scalars } from "./fields.ts";
import type { At, Issues, Located } from "./issues.ts";
import { readScheduledJob } from "./scheduled-job.ts";
import { zoneOf } from "./time-zone.ts";

type Schedule = Extract<AssetFile, { kind: "schedule" }>;

/** A file that says when a job is started. Schedules of monitors and of imports are refused by name. */
export async function readSchedule(
  root: MapNode,
  { name, description }: About,
  context: Context,
): Promise<Schedule | undefined> {
  const { issues } = context;
  const fields = readFields(root, "a schedule", scheduleShape, issues, ["trigger"]);
  const trigger = fields.trigger && readTrigger(fields.trigger, context);
  if (fields.create_monitor)
    issues.refuse(
      fields.create_monitor.at,
      "monitors",
      "a monitor as a schedule is not supported yet",
      "Make it with `trainyard monitor`.",
    );
  if (fields.import_data)
    issues.refuse(fields.import_data.at, "data import", "the import of data on a schedule is not supported yet");
  if (!fields.create_job) {
    if (!fields.create_monitor && !fields.import_data) issues.add(root.at, 'a schedule needs the field "create_job"');
    return undefined;
  }
  const found = await readScheduledJob(fields.create_job, context, trigger?.type);
  const enabled = fields.is_enabled?.value ?? true;
  return trigger && found && { kind: "schedule", name, description, trigger, enabled, ...found };
}

function readTrigger(node: MapNode, context: Context): Trigger | undefined {
  const { issues } = context;
  const fields = readFields(node, "the trigger", triggerShape, issues, ["type"]);
  const written = fields.time_zone ?? fields.timezone;
  const timeZone = written ? zoneOf(written.value) : "UTC";
  if (!timeZone)
    issues.add(
      written!.at,
      `"${written!.value}" is not a time zone`,
      'Write a name such as "W. Europe Standard Time" or Europe/Berlin.',
    );
  const span = {
    startTime: fields.start_time && readTime(fields.start_time, timeZone ?? "UTC", issues),
    endTime: fields.end_time && readTime(fields.end_time, timeZone ?? "UTC", issues),
  };
  const needed = fields.type?.value === "cron" ? "expression" : "frequency";
  if (fields.type && !node.entries.has(needed)) {
    issues.add(
      node.at,
      `a ${fields.type.value} ${needed === "expression" ? "trigger " : ""}needs the field "${needed}"`,
    );
  }
  const pattern = fields.schedule ?? fields.pattern;
  const days = pattern?.weekdays ?? pattern?.week_days;
  const draft =
    fields.type?.value === "cron"
      ? { type: "cron", expression: fields.expression?.value, timeZone, ...span }
      : {
          ...{ type: "recurrence", frequency: fields.frequency?.value, interval: fields.interval?.value ?? 1 },
          ...{ hours: numbers(pattern?.hours, "hour", 0, 23, issues) },
          ...{ minutes: numbers(pattern?.minutes, "minute", 0, 59, issues) },
          ...{ weekDays: weekDaysOf(days, issues) },
          ...{ monthDays: numbers(pattern?.month_days, "day of a month", 1, 31, issues), timeZone, ...span },
        };
  const trigger = triggerSchema.safeParse(JSON.parse(JSON.stringify(draft)));
  // What does not fit the schema was found above, at its place.
  if (!trigger.success) return undefined;
  const problem = context.checkTrigger?.(trigger.data);
  if (!problem) return trigger.data;
  const places: Record<NonNullable<TriggerProblem["field"]>, At | undefined> = {
    expression: fields.expression?.at,
    hours: pattern?.hours?.at ?? pattern?.minutes?.at ?? days?.at ?? pattern?.month_days?.at,
    weekDays: days?.at,
    monthDays: pattern?.month_days?.at,
    endTime: fields.end_time?.at,
  };
  issues.add((problem.field && places[problem.field]) || node.at, inFile(problem.message), problem.hint);
  return undefined;
}

/** As messages about a place in a file begin. */
const inFile = (message: string): string => `${message[0]!.toLowerCase()}${message.slice(1)}`;

/** One value, or a list of them. */
const itemsOf = (node: Node | undefined, issues: Issues): ScalarNode[] => {
  if (!node) return [];
  return node.kind === "scalar" ? [node] : (scalars(node, "the times of a recurrence", issues) ?? []);
};

function numbers(node: Node | undefined, what: string, min: number, max: number, issues: Issues): number[] {
  return itemsOf(node, issues).flatMap(({ text, at }) => {
    const value = Number(text);
    if (/^\d+$/.test(text.trim()) && value >= min && value <= max) return [value];
    issues.add(at, `"${text}" is no ${what} (${min} to ${max})`);
    return [];
  });
}

/** Days are written whole, or with their first three letters. */
function weekDaysOf(node: Node | undefined, issues: Issues): string[] {
  return itemsOf(node, issues).flatMap(({ text, at }) => {
    const word = text.trim().toLowerCase();
    const day = weekDays.find((known) => known === word || known.slice(0, 3) === word);
    if (day) return [day];
    issues.add(at, `"${text}" is no day of the week`, didYouMean(word, weekDays) ?? "Write monday or mon.");
    return [];
  });
}

/** `2026-07-10T10:00:00` in the zone of the trigger; with an offset of its own, that. */
function readTime(written: Located<string>, zone: string, issues: Issues): number | undefined {
  const text = written.value.trim().replace(" ", "T");
  const hasOffset = /(Z|[+-]\d{2}:?\d{2})$/i.test(text);
  const utc = Date.parse(hasOffset ? text : `${text.length === 10 ? `${text}T00:00:00` : text}Z`);
  if (Number.isNaN(utc)) {
    issues.add(written.at, `"${written.value}" is not a time`, "Write for example 2026-07-10T10:00:00.");
    return undefined;
  }
  if (hasOffset) return utc;
  const first = utc - offsetAt(utc, zone);
  return utc - offsetAt(first, zone);
}

/** How far the clocks of a zone are ahead of UTC at a time, in milliseconds. */
function offsetAt(time: number, zone: string): number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  const name = format.formatToParts(time).find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
  const [, sign, hours, minutes] = /GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  return sign ? (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000 : 0;
}
