import { invalid } from "../../contract/errors.ts";
import { instantOf } from "../../platform/calendar/wall-time.ts";

const dayMs = 86_400_000;
const written = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?(Z|[+-]\d{2}:\d{2})?$/;

/** A span of time, both ends included. A day stands for all of it; without an offset, times are those of the zone. */
export function spanOf(
  { from, to }: { from: number | string; to: number | string },
  timeZone: string,
): { from: number; to: number } {
  const span = { from: timesOf(from, timeZone).first, to: timesOf(to, timeZone).last };
  if (span.to < span.from) throw invalid("The span ends before it begins.");
  return span;
}

function timesOf(text: number | string, timeZone: string): { first: number; last: number } {
  if (typeof text === "number") return { first: text, last: text };
  const [, day, time, offset] = written.exec(text) ?? [];
  const wall = Date.parse(`${day}T${time ?? "00:00"}Z`);
  // Days that a month does not have are read as those of the next one.
  if (Number.isNaN(wall) || new Date(wall).toISOString().slice(0, 10) !== day) {
    throw invalid(`"${text}" is no time.`, { hint: "Write 2026-01-31, 2026-01-31T06:00 or 2026-01-31T06:00Z." });
  }
  const at = (moment: number): number =>
    offset ? Date.parse(new Date(moment).toISOString().replace("Z", offset)) : instantOf(moment, timeZone);
  return { first: at(wall), last: time ? at(wall) : at(wall + dayMs) - 1 };
}
