import type { Lease } from "./types.ts";

/**
 * The order in which rows of running tasks are taken. A heartbeat takes them without their executions, of which there
 * may be many.
 */
export const compareLeases = (a: Lease, b: Lease): number => byText(a.execution, b.execution) || byText(a.task, b.task);

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
