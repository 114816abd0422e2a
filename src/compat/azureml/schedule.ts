import type { AssetFile } from "../../contract/asset-file.ts";
import { type Trigger, triggerSchema, weekDays } from "../../contract/trigger.ts";
import type { About } from "./asset-file.ts";
import { scheduleShape, triggerShape } from "./asset-schema.ts";
import type { Context } from "./context.ts";
import type { MapNode, Node } from "./document.ts";
import { readFields, scalars } from "./fields.ts";
import type { Issues, Located } from "./issues.ts";
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
  const trigger = fields.trigger && readTrigger(fields.trigger, issues);
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
  const found = await readScheduledJob(fields.create_job, context);
  return trigger && found && { kind: "schedule", name, description, trigger, ...found };
}

function readTrigger(node: MapNode, issues: Issues): Trigger | undefined {
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
  if (fields.type?.value === "cron") {
    if (!fields.expression) issues.add(node.at, 'a cron trigger needs the field "expression"');
    return parsed(node, { type: "cron", expression: fields.expression?.value ?? "", timeZone, ...span }, issues);
  }
  if (fields.type && !fields.frequency) issues.add(node.at, 'a recurrence needs the field "frequency"');
  const at = fields.schedule ?? fields.pattern;
  const days = words(at?.weekdays ?? at?.week_days, issues).map(
    (day) => weekDays.find((known) => known.startsWith(day.toLowerCase().slice(0, 3))) ?? day,
  );
  const recurrence = {
    ...{ type: "recurrence", frequency: fields.frequency?.value, interval: fields.interval?.value ?? 1 },
    ...{ hours: words(at?.hours, issues).map(Number), minutes: words(at?.minutes, issues).map(Number), weekDays: days },
    ...{ monthDays: words(at?.month_days, issues).map(Number), timeZone, ...span },
  };
  return parsed(node, recurrence, issues);
}

/** One value, or a list of them. */
const words = (node: Node | undefined, issues: Issues): string[] => {
  if (!node) return [];
  const items = node.kind === "scalar" ? [node] : (scalars(node, "the times of a recurrence", issues) ?? []);
  return items.map((item) => item.text);
};

function parsed(node: MapNode, draft: Record<string, unknown>, issues: Issues): Trigger | undefined {
  const result = triggerSchema.safeParse(JSON.parse(JSON.stringify(draft)));
  if (result.success) return result.data;
  const problem = result.error.issues[0];
  if (!issues.any) issues.add(node.at, `the trigger is not valid: ${problem?.path.join(".")}: ${problem?.message}`);
  return undefined;
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
