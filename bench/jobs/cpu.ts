import { readdirSync, readFileSync } from "node:fs";

/** Of a clock tick of /proc, in milliseconds: 100 a second on every Linux that Node runs on. */
const tickMs = 10;

/** CPU time that a process and its agent have used, and that of what they ran and waited for; in milliseconds. */
export function cpuOf(server: number): { own: number; steps: number } {
  const sum = { own: 0, steps: 0 };
  for (const entry of readdirSync("/proc")) {
    const fields = statOf(entry);
    if (!fields || (Number(entry) !== server && Number(fields[1]) !== server)) continue;
    sum.own += (Number(fields[11]) + Number(fields[12])) * tickMs;
    sum.steps += (Number(fields[13]) + Number(fields[14])) * tickMs;
  }
  return sum;
}

/** What follows the name in `/proc/<pid>/stat`: state, parent, … */
function statOf(pid: string): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${Number(pid)}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
