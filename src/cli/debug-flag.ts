import { invalid } from "../contract/errors.ts";

export const defaultDebugPort = 5678;

/** A port that is given to wait for a debugger at; true: the one that Python's editors expect. */
export function debugPort(given: true | string): number {
  const port = given === true ? defaultDebugPort : Number(given);
  if (Number.isInteger(port) && port >= 1024 && port < 65_536) return port;
  throw invalid(`--debug takes a port from 1024 to 65535, not "${given}".`);
}

/** `train`, or `train:6000`: a step of a job, and the port. */
export function debugOf(given: string | undefined): { step: string; port: number } | undefined {
  if (given === undefined) return undefined;
  const [step, port] = given.split(":");
  return { step: step!, port: debugPort(port ?? true) };
}
