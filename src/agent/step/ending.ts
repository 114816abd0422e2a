import { statfs } from "node:fs/promises";
import type { Ending } from "../compute/compute.ts";
import { finalExitCodes, StepFailed } from "../failure.ts";

/** What a signal usually means to somebody who did not send it. */
const meanings: Record<string, string> = {
  SIGKILL: "Something ended it at once: often the kernel, because the machine ran out of memory.",
  SIGXFSZ: "It wrote a file that is larger than allowed.",
  SIGXCPU: "It used more processor time than allowed.",
  SIGSEGV: "It touched memory that is not its own: a fault in native code.",
  SIGBUS: "It touched memory that is not there: often because the disk or /dev/shm is full.",
  SIGILL: "It ran an instruction that this processor does not have: a package built for another one.",
};

/** What shells say with these exit codes. */
const codes: Record<number, string> = {
  126: "The shell found a program that it may not run.",
  127: "The shell did not find a program: is its interpreter there, and on the PATH?",
};

/** The failure of a command that did not end well; undefined when it did. */
export async function failureOf(ending: Ending, folder: string): Promise<StepFailed | undefined> {
  if (ending.because) return new StepFailed(ending.because);
  if (ending.code === 0) return undefined;
  // A shell gives the end of its child by a signal as a code above 128.
  const signal = ending.signal ?? signalOf(ending.code ?? 0);
  const said = ending.signal
    ? `The command was ended by ${ending.signal}.`
    : `The command ended with exit code ${ending.code}.`;
  const meaning = signal ? meanings[signal] : codes[ending.code ?? 0];
  return new StepFailed([said, meaning, await diskFull(folder)].filter(Boolean).join(" "), {
    retryable: !finalExitCodes.has(ending.code),
  });
}

const numbers: Record<number, string> = {
  4: "SIGILL",
  7: "SIGBUS",
  9: "SIGKILL",
  11: "SIGSEGV",
  24: "SIGXCPU",
  25: "SIGXFSZ",
};
const signalOf = (code: number): string | undefined => numbers[code - 128];

const almostNothing = 1024 * 1024;

/** Says so when there is no room left where the step works. */
export async function diskFull(folder: string): Promise<string | undefined> {
  const disk = await statfs(folder).catch(() => undefined);
  if (!disk) return undefined;
  if (disk.bavail * disk.bsize < almostNothing) return "The disk that the step works on is full.";
  if (disk.files > 0 && disk.ffree === 0) return "The disk that the step works on can hold no more files.";
  return undefined;
}
