import { describe, expect, it } from "vitest";
import { type Trigger, triggerSchema } from "../../contract/trigger.ts";
import { checkTrigger, dueBetween, nextDue } from "./due.ts";

const trigger = (from: object): Trigger => triggerSchema.parse(from);
const at = (text: string): number => Date.parse(text);
/** The next times after a moment, in UTC. */
const nextTimes = (one: Trigger, from: string, count: number): string[] => {
  const found: string[] = [];
  for (
    let time = nextDue(one, at(from), at(from));
    time !== null && found.length < count;
    time = nextDue(one, time, at(from))
  ) {
    found.push(new Date(time).toISOString().slice(0, 16));
  }
  return found;
};

describe("cron", () => {
  it("is at the wall time of its zone, in summer and in winter", () => {
    const daily = trigger({ type: "cron", expression: "30 6 * * *", timeZone: "Europe/Berlin" });
    expect(nextTimes(daily, "2026-03-27T12:00Z", 3)).toEqual([
      "2026-03-28T05:30",
      "2026-03-29T04:30",
      "2026-03-30T04:30",
    ]);
  });

  it("runs a time that the change to summer leaves out right after the gap, and one that comes twice once", () => {
    const night = trigger({ type: "cron", expression: "30 2 * * *", timeZone: "Europe/Berlin" });
    const spring = nextTimes(night, "2026-03-28T12:00Z", 2);
    expect(spring).toEqual(["2026-03-29T01:00", "2026-03-30T00:30"]);
    expect(nextTimes(night, "2026-10-24T12:00Z", 2)).toEqual(["2026-10-25T00:30", "2026-10-26T01:30"]);
  });

  it("looks at the day of the month, and at either when both days are given", () => {
    const first = trigger({ type: "cron", expression: "0 0 1 * *" });
    expect(nextTimes(first, "2026-01-15T00:00Z", 2)).toEqual(["2026-02-01T00:00", "2026-03-01T00:00"]);
    const either = trigger({ type: "cron", expression: "0 0 13 * 5" });
    expect(nextTimes(either, "2026-03-01T00:00Z", 3)).toEqual([
      "2026-03-06T00:00",
      "2026-03-13T00:00",
      "2026-03-20T00:00",
    ]);
  });

  it("is never due before its start or after its end", () => {
    const one = trigger({
      ...{ type: "cron", expression: "0 * * * *" },
      ...{ startTime: at("2026-01-01T10:00Z"), endTime: at("2026-01-01T12:00Z") },
    });
    expect(nextTimes(one, "2025-12-01T00:00Z", 9)).toEqual([
      "2026-01-01T10:00",
      "2026-01-01T11:00",
      "2026-01-01T12:00",
    ]);
  });

  it.each([
    ["* * * *", /not five fields/],
    ["61 * * * *", /61 \* \* \* \*" is no cron expression/],
    ["0 0 6 * * *", /not five fields/],
    ["x * * * *", /no cron expression/],
  ])("refuses %s", (expression, message) => {
    expect(() => checkTrigger(trigger({ type: "cron", expression }))).toThrow(message);
  });
});

describe("recurrence", () => {
  it("of minutes and hours is counted from its start", () => {
    const one = trigger({ type: "recurrence", frequency: "minute", interval: 90, startTime: at("2026-01-01T00:10Z") });
    expect(nextTimes(one, "2026-01-01T05:00Z", 2)).toEqual(["2026-01-01T06:10", "2026-01-01T07:40"]);
    expect(nextTimes(one, "2025-01-01T05:00Z", 1)).toEqual(["2026-01-01T00:10"]);
  });

  it("of days keeps the wall time when the clocks change", () => {
    const one = trigger({
      ...{ type: "recurrence", frequency: "day", interval: 2, hours: [8], timeZone: "Europe/Berlin" },
      startTime: at("2026-03-26T00:00Z"),
    });
    expect(nextTimes(one, "2026-03-26T00:00Z", 3)).toEqual([
      "2026-03-26T07:00",
      "2026-03-28T07:00",
      "2026-03-30T06:00",
    ]);
  });

  it("of weeks counts weeks from Monday, and takes every day that is named", () => {
    const one = trigger({
      ...{
        type: "recurrence",
        frequency: "week",
        interval: 2,
        weekDays: ["monday", "sunday"],
        hours: [6],
        minutes: [15],
      },
      startTime: at("2026-01-07T00:00Z"),
    });
    expect(nextTimes(one, "2026-01-07T00:00Z", 4)).toEqual([
      "2026-01-11T06:15",
      "2026-01-19T06:15",
      "2026-01-25T06:15",
      "2026-02-02T06:15",
    ]);
  });

  it("of months leaves out months without the day", () => {
    const one = trigger({
      ...{ type: "recurrence", frequency: "month", monthDays: [31], hours: [0] },
      startTime: at("2026-01-01T00:00Z"),
    });
    expect(nextTimes(one, "2026-01-01T00:00Z", 3)).toEqual([
      "2026-01-31T00:00",
      "2026-03-31T00:00",
      "2026-05-31T00:00",
    ]);
  });

  it("refuses times of the day for what is counted by the clock", () => {
    expect(() => checkTrigger(trigger({ type: "recurrence", frequency: "hour", hours: [3] }))).toThrow(
      /no times of the day/,
    );
  });
});

describe("the times in a span", () => {
  it("are all of them, up to the most that is asked for", () => {
    const hourly = trigger({ type: "cron", expression: "0 * * * *" });
    const [from, to] = [at("2026-01-01T00:00Z"), at("2026-01-02T00:00Z")];
    expect(dueBetween(hourly, from, to, from, 1000)).toHaveLength(24);
    expect(dueBetween(hourly, from, to, from, 5)).toHaveLength(5);
    expect(dueBetween(trigger({ type: "webhook" }), from, to, from, 5)).toEqual([]);
  });

  it("finds what is due after thousands of units at once", () => {
    const begin = Date.parse("2026-01-31T06:00:00Z");
    const due = (frequency: "day" | "week" | "month", interval: number) => {
      const none = { hours: [], minutes: [], weekDays: [], monthDays: [] };
      const trigger: Trigger = { type: "recurrence", frequency, interval, timeZone: "UTC", startTime: begin, ...none };
      return new Date(nextDue(trigger, begin, begin)!).toISOString();
    };
    const before = performance.now();
    expect(due("day", 10_000)).toBe("2053-06-18T06:00:00.000Z");
    expect(due("week", 5000)).toBe("2121-11-29T06:00:00.000Z");
    expect(due("month", 1200)).toBe("2126-01-31T06:00:00.000Z");
    expect(performance.now() - before).toBeLessThan(200);
  });
});
