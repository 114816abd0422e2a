import type { ScheduleSettings } from "../../../contract/schedule.ts";
import type { Trigger } from "../../../contract/trigger.ts";

type Overlap = ScheduleSettings["overlap"];

export const isClock = (type: Trigger["type"]): boolean => type === "cron" || type === "recurrence";

export const overlaps: Overlap[] = ["skip", "queue", "allow", "cancel"];

const overlapTexts: Record<Overlap, string> = {
  skip: "leave this time out",
  queue: "wait for it",
  allow: "start anyway",
  cancel: "cancel it and start anew",
};

/** What comes once is not left out: of data and calls that come during a run the newest waits. */
export const overlapText = (type: Trigger["type"], overlap: Overlap): string =>
  overlap === "skip" && !isClock(type) ? "let the newest wait for it" : overlapTexts[overlap];

export const catchUpTexts: Record<ScheduleSettings["catchUp"], string> = {
  none: "leave them out",
  last: "make up for the last",
  all: "make up for each",
};
