import { Problem } from "../contract/errors.ts";
import type { Lease } from "./types.ts";

export const stale = (lease: Lease): Problem =>
  new Problem("stale", `The lease on task ${lease.task} (epoch ${lease.epoch}) is no longer the live one.`, {
    hint: "Another holder has the task now, or it has ended; drop what you did.",
  });

export const isStale = (error: unknown): boolean => error instanceof Problem && error.code === "stale";
