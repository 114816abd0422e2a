import { describe, expect, it } from "vitest";
import { type Trigger, triggerSchema, weekDays } from "../../contract/trigger.ts";
import { checkTrigger, dueBetween, lastDueBetween, nextDue } from "./due.ts";

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

const sixty = (): number[] => Array.from({ length: 60 }, (_, minute) => minute);

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

  it.each([
    ["30 2,14 * * *", "2026-03-28T20:00Z", ["2026-03-29T01:00", "2026-03-29T12:30", "2026-03-30T00:30"]],
    ["30 2,14 * * *", "2026-10-24T20:00Z", ["2026-10-25T00:30", "2026-10-25T13:30", "2026-10-26T01:30"]],
    ["15,45 2 * * *", "2026-10-24T20:00Z", ["2026-10-25T00:15", "2026-10-25T00:45", "2026-10-26T01:15"]],
    ["0 1-3 * * *", "2026-03-28T20:00Z", ["2026-03-29T00:00", "2026-03-29T01:00", "2026-03-29T23:00"]],
  ])("drops and doubles no time of a list when the clocks change: %s after %s", (expression, after, times) => {
    expect(nextTimes(trigger({ type: "cron", expression, timeZone: "Europe/Berlin" }), after, 3)).toEqual(times);
  });

  it("goes through the hour that comes twice when it is due all the time", () => {
    const half = trigger({ type: "cron", expression: "*/30 * * * *", timeZone: "Europe/Berlin" });
    expect(nextTimes(half, "2026-10-25T00:15Z", 4)).toEqual([
      ...["2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30", "2026-10-25T02:00"],
    ]);
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
    ["61 * * * *", /61 \* \* \* \*" is no cron expression: "61" is no minute \(0 to 59\)/],
    ["0 6 * * MO", /"MO" is no day of the week/],
    ["0 0 6 * * *", /not five fields/],
    ["x * * * *", /no cron expression/],
    ["0 0 30 2 *", /never due/],
  ])("refuses %s", (expression, message) => {
    expect(() => checkTrigger(trigger({ type: "cron", expression }), at("2026-01-01T00:00Z"))).toThrow(message);
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

  it("of days with several times drops and doubles none of them when the clocks change", () => {
    const one = trigger({
      ...{ type: "recurrence", frequency: "day", hours: [2, 14], minutes: [30], timeZone: "Europe/Berlin" },
      startTime: at("2026-03-01T00:00Z"),
    });
    expect(nextTimes(one, "2026-03-28T20:00Z", 2)).toEqual(["2026-03-29T01:00", "2026-03-29T12:30"]);
    expect(nextTimes(one, "2026-10-24T20:00Z", 2)).toEqual(["2026-10-25T00:30", "2026-10-25T13:30"]);
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
    const one = trigger({ type: "recurrence", frequency: "hour", hours: [3] });
    expect(() => checkTrigger(one, at("2026-01-01T00:00Z"))).toThrow(/no times of the day/);
  });

  const everyMinute = { hours: Array.from({ length: 24 }, (_, hour) => hour), minutes: sixty() };
  it.each([
    ["week", { weekDays: ["monday", "sunday"] }, "2026-01-04T23:59Z", "2026-01-12T00:00"],
    ["week", { weekDays: [...weekDays] }, "2026-01-04T23:59Z", "2026-01-12T00:00"],
    ["month", { monthDays: Array.from({ length: 31 }, (_, day) => day + 1) }, "2026-01-31T23:59Z", "2026-03-01T00:00"],
    ["day", {}, "2026-01-01T23:59Z", "2026-01-03T00:00"],
  ])("goes past a %s that is left out with every minute of it", (frequency, days, from, next) => {
    const startTime = at("2026-01-01T00:00Z");
    const one = trigger({ type: "recurrence", frequency, interval: 2, ...everyMinute, ...days, startTime });
    expect(new Date(nextDue(one, at(from), startTime)!).toISOString().slice(0, 16)).toBe(next);
  });

  it("finds a day that few years have, and refuses one that none has", () => {
    const yearly = (startTime: string, day: number) =>
      trigger({
        ...{ type: "recurrence", frequency: "month", interval: 12, monthDays: [day], hours: [0] },
        startTime: at(startTime),
      });
    expect(nextTimes(yearly("2027-02-01T00:00Z", 29), "2027-02-01T00:00Z", 2)).toEqual([
      "2028-02-29T00:00",
      "2032-02-29T00:00",
    ]);
    expect(() => checkTrigger(yearly("2027-04-01T00:00Z", 31), at("2027-04-01T00:00Z"))).toThrow(/never due/);
  });

  it("begins a unit that is counted where the clocks change at midnight", () => {
    const one = trigger({
      ...{ type: "recurrence", frequency: "day", interval: 3, hours: [0], timeZone: "America/Havana" },
      startTime: at("2026-03-05T05:00Z"),
    });
    // On the 8th there is no midnight: the clocks go from 00:00 to 01:00.
    expect(nextTimes(one, "2026-03-05T05:00Z", 2)).toEqual(["2026-03-08T05:00", "2026-03-11T04:00"]);
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

  it("are the last of them, oldest first, however long the span", () => {
    const to = at("2026-07-01T00:00Z");
    const often = trigger({ type: "cron", expression: "* * * * *" });
    const last = lastDueBetween(often, at("2020-01-01T00:00Z"), to, to, 3);
    expect(last.map((time) => (to - time) / 60_000)).toEqual([2, 1, 0]);
    const seldom = trigger({ type: "cron", expression: "0 0 1 1 *" });
    expect(
      lastDueBetween(seldom, at("2020-01-01T00:00Z"), to, to, 3).map((time) => new Date(time).getUTCFullYear()),
    ).toEqual([2024, 2025, 2026]);
    expect(lastDueBetween(seldom, at("2025-01-02T00:00Z"), to, to, 3)).toEqual([at("2026-01-01T00:00Z")]);
  });

  it("finds what is due after thousands of units at once", () => {
    const begin = Date.parse("2026-01-31T06:00:00Z");
    const due = (frequency: "day" | "week" | "month", interval: number) => {
      const none = { hours: [], minutes: [], weekDays: [], monthDays: [] };
      const trigger: Trigger = { type: "recurrence", frequency, interval, timeZone: "UTC", startTime: begin, ...none };
      return new Date(nextDue(trigger, begin, begin)!).toISOString();
    };
    expect(due("day", 10_000)).toBe("2053-06-18T06:00:00.000Z");
    expect(due("week", 5000)).toBe("2121-11-29T06:00:00.000Z");
    expect(due("month", 1200)).toBe("2126-01-31T06:00:00.000Z");
  });
});
