import { useEffect, useState } from "react";

const units: [string, number][] = [
  ["y", 31_536_000],
  ["mo", 2_592_000],
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
];
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export const timeText = (at: number): string => absolute.format(at);

function spanText(seconds: number): string {
  const [unit, size] = units.find(([, length]) => seconds >= length) ?? ["s", 1];
  return `${Math.trunc(seconds / size)} ${unit}`;
}

/** `3 min ago`, `in 2 h`. */
export function agoText(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000);
  if (Math.abs(seconds) < 10) return "just now";
  return seconds > 0 ? `${spanText(seconds)} ago` : `in ${spanText(-seconds)}`;
}

/** `840 ms`, `4.2 s`, `3 m 07 s`, `2 h 05 m`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const pad = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${pad(whole % 60)} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} m`;
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`;
}

export function useNow(everyMs: number | null): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (everyMs === null) return;
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** How long ago, with the exact time on hover. */
export function Ago({ at }: { at: number | null }) {
  const now = useNow(20_000);
  if (at === null) return <span className="ty-dim">–</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={timeText(at)} className="ty-nowrap">
      {agoText(at, now)}
    </time>
  );
}

/** For how long something has been so: `for 4 h`. */
export function For({ at }: { at: number }) {
  const now = useNow(20_000);
  return (
    <time dateTime={new Date(at).toISOString()} title={`since ${timeText(at)}`} className="ty-nowrap">
      for {spanText(Math.max(0, (now - at) / 1000))}
    </time>
  );
}

/** From start to end, or counting while there is no end. */
export function Duration({ from, to, live = true }: { from: number | null; to: number | null; live?: boolean }) {
  const counting = from !== null && to === null && live;
  const now = useNow(counting ? 1000 : null);
  if (from === null || (to === null && !live)) return <span className="ty-dim">–</span>;
  const ms = (to ?? Math.max(now, from)) - from;
  return (
    <span className="ty-num ty-nowrap">{counting ? durationText(Math.floor(ms / 1000) * 1000) : durationText(ms)}</span>
  );
}
