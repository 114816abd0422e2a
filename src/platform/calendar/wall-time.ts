const dayMs = 86_400_000;

/** What clocks and calendars of a time zone show. */
export interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  /** 0 is Sunday. */
  weekDay: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat("en-US", {
      ...{ timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric" },
      ...{ hour: "numeric", minute: "numeric" },
    });
  formats.set(timeZone, format);
  return format;
}

export function wallTime(at: number, timeZone: string): WallTime {
  const parts = formatOf(timeZone).formatToParts(at);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)!.value);
  const [year, month, day] = [of("year"), of("month"), of("day")];
  const weekDay = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  return { year, month, day, hour: of("hour"), minute: of("minute"), weekDay };
}

/** A wall time as if it were in UTC: for reckoning with days. */
const asUtc = ({ year, month, day, hour, minute }: WallTime): number => Date.UTC(year, month - 1, day, hour, minute);
const dayNumber = ({ year, month, day }: WallTime): number => Date.UTC(year, month - 1, day) / dayMs;
const mondayOf = (at: WallTime): number => dayNumber(at) - ((at.weekDay + 6) % 7);

/** When a wall time, given as if in UTC, is in a zone; within the hour when the clocks change just then. */
export function instantOf(wall: number, timeZone: string): number {
  const offsetAt = (at: number): number => asUtc(wallTime(at, timeZone)) - at;
  return wall - offsetAt(wall - offsetAt(wall));
}

type Unit = "day" | "week" | "month";

/** Calendar days, weeks (from Monday) or months from one day to another. */
export function unitsBetween(unit: Unit, from: WallTime, to: WallTime): number {
  if (unit === "month") return (to.year - from.year) * 12 + to.month - from.month;
  if (unit === "day") return dayNumber(to) - dayNumber(from);
  return (mondayOf(to) - mondayOf(from)) / 7;
}

/** When the unit begins that comes so many after the one of a day; as if in UTC. */
export function unitAfter(unit: Unit, day: WallTime, count: number): number {
  if (unit === "month") return Date.UTC(day.year, day.month - 1 + count, 1);
  return (unit === "day" ? dayNumber(day) + count : mondayOf(day) + 7 * count) * dayMs;
}
