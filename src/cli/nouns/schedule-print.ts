import type { Schedule } from "../../contract/schedule.ts";
import type { Trigger } from "../../contract/trigger.ts";
import type { GlobalOptions } from "../connection.ts";
import { printFacts, time } from "../output.ts";
import type { Address } from "./schedule-fire.ts";

/** `cron 0 6 * * 1-5 Europe/Berlin` */
export function triggerText(trigger: Trigger): string {
  switch (trigger.type) {
    case "cron":
      return `cron ${trigger.expression} ${trigger.timeZone}`;
    case "recurrence":
      return `every ${trigger.interval} ${trigger.frequency}${trigger.interval === 1 ? "" : "s"} ${trigger.timeZone}`;
    case "data":
      return `new version of ${trigger.name}`;
    case "webhook":
      return trigger.signed ? "webhook, signed" : "webhook";
  }
}

/** `address` belongs to what programs read; people are shown it apart. */
export function printSchedule(options: GlobalOptions, one: Schedule & { address?: Address }, due: number[]): void {
  printFacts(options, one, [
    ["schedule", one.name],
    ["pipeline", one.start.version === undefined ? one.pipeline : `${one.pipeline} version ${one.start.version}`],
    ["when", triggerText(one.trigger)],
    ["enabled", String(one.enabled)],
    ["next", due.length > 0 ? due.map(time).join(", ") : time(one.nextAt)],
    ["overlap", one.overlap],
    ["catch up", one.catchUp],
    [
      "inputs",
      Object.entries(one.start.inputs)
        .map(([name, value]) => `${name}=${value}`)
        .join(", "),
    ],
    ...addressFact(one),
    ["started for", one.createdBy.name],
  ]);
}

const addressFact = ({ name, trigger, hasAddress }: Schedule): [string, string][] =>
  trigger.type === "webhook"
    ? [["address", hasAddress ? "made" : `none yet: \`trainyard schedule address ${name}\` makes one`]]
    : [];
