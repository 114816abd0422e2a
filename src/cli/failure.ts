import pc from "picocolors";
import { Problem } from "../contract/errors.ts";
import { forTerminal } from "./terminal.ts";

/** What exit codes mean; documented in docs/cli.md. */
export const exitCodes = {
  /** What was asked about did not succeed: the job failed, the release was rejected. */
  failed: 1,
  /** The command or its input is not valid. */
  usage: 2,
  /** No server answers. */
  unreachable: 3,
  /** Not signed in, or not allowed. */
  refused: 4,
} as const;

/** Thrown when what was asked about did not succeed, after it was said why. */
export class Unsuccessful extends Error {}

/** Says what went wrong, where, and what to do; gives the exit code. */
export function explain(error: unknown): number {
  if (error instanceof Unsuccessful) {
    if (error.message) complain(error.message);
    return exitCodes.failed;
  }
  if (error instanceof Problem) {
    complain(error.message);
    for (const issue of error.issues ?? []) {
      // Of a request with one mistake, the message tells it already.
      if (error.message.includes(`${issue.at}: ${issue.message}`)) continue;
      tell(`  ${pc.bold(issue.at)}  ${issue.message}${issue.hint ? pc.dim(`  ${issue.hint}`) : ""}`);
    }
    if (error.hint) tell(pc.dim(error.hint));
    return codeOf(error);
  }
  if (isUnreachable(error)) {
    complain("The server does not answer.");
    tell(pc.dim("Is it running? `trainyard status` tells; `trainyard up` starts it."));
    return exitCodes.unreachable;
  }
  const aboutFile = fileMessage(error);
  if (aboutFile) {
    complain(aboutFile);
    return exitCodes.usage;
  }
  complain(
    error instanceof Error
      ? process.env.TRAINYARD_DEBUG
        ? (error.stack ?? error.message)
        : error.message
      : String(error),
  );
  return exitCodes.failed;
}

const fileMessages: Record<string, (path: string) => string> = {
  ENOENT: (path) => `There is no file or folder ${path}.`,
  ENOTDIR: (path) => `${path} is a file; a folder is needed here.`,
  EISDIR: (path) => `${path} is a folder; a file is needed here.`,
  EACCES: (path) => `${path} may not be read or written by you.`,
};

/** What the system says about a file that was named, in words. */
function fileMessage(error: unknown): string | undefined {
  const { code = "", path = "what was named" } = (error ?? {}) as NodeJS.ErrnoException;
  return Object.hasOwn(fileMessages, code) ? fileMessages[code]!(path) : undefined;
}

const tell = (text: string): void => void process.stderr.write(`${forTerminal(text)}\n`);

const complain = (text: string): void => tell(`${pc.red("✗")} ${text}`);

function codeOf(problem: Problem): number {
  if (problem.code === "unauthenticated" || problem.code === "forbidden") return exitCodes.refused;
  if (problem.code === "unavailable") return exitCodes.unreachable;
  return problem.status < 500 ? exitCodes.usage : exitCodes.failed;
}

export const isUnreachable = (error: unknown): boolean =>
  error instanceof TypeError && /fetch failed|terminated|other side closed/i.test(error.message);
