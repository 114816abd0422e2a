import type { Span } from "../../../contract/trace.ts";
import { durationText } from "../../parts/time.tsx";

/** `320 µs`, `4.2 ms`, `1.3 s`. */
export function microsecondsText(us: number): string {
  if (us < 1) return "< 1 µs";
  if (us < 1000) return `${us} µs`;
  return us < 100_000 ? `${(us / 1000).toFixed(1)} ms` : durationText(us / 1000);
}

export const tookText = (span: Span): string =>
  span.endUs === null ? "open" : microsecondsText(span.endUs - span.startUs);

/** Of a whole trace, which is known to the millisecond. */
export const traceTookText = (ms: number): string => (ms < 1 ? "< 1 ms" : durationText(ms));
