import { useEffect, useRef, useState } from "react";

/** Requests per second between the last two readings of a counter; null until there are two. */
export function useRate(name: string, requests: number | null): number | null {
  const last = useRef<{ name: string; requests: number; at: number } | null>(null);
  const [rate, setRate] = useState<number | null>(null);
  const [tick, setTick] = useState(0);
  // A counter that stands still is not read as a change, so look again by the clock.
  useEffect(() => {
    const timer = setInterval(() => setTick((value) => value + 1), 5000);
    return () => clearInterval(timer);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tick is what makes it look again
  useEffect(() => {
    if (requests === null) return;
    const now = Date.now();
    const before = last.current;
    if (before && before.name === name && now - before.at < 2000) return;
    last.current = { name, requests, at: now };
    if (before?.name === name && requests >= before.requests)
      setRate((requests - before.requests) / ((now - before.at) / 1000));
    else setRate(null);
  }, [name, requests, tick]);
  return rate;
}
