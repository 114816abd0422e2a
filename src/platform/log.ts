import { closeSync, openSync, writeSync } from "node:fs";

/** Structured log: one JSON object a line on standard error. */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

const levels = { debug: 0, info: 1, warn: 2, error: 3 } as const;
export type LogLevel = keyof typeof levels;

export function createLog(level: LogLevel, write: (line: string) => void = toStandardError): Log {
  const at =
    (name: LogLevel) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      if (levels[name] < levels[level]) return;
      write(`${JSON.stringify({ at: new Date().toISOString(), level: name, message, ...plain(fields) })}\n`);
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** What cannot be written is lost: a full disk must not end a program that only has something to say. */
function toStandardError(line: string): void {
  try {
    if (process.stderr.listenerCount("error") === 0) process.stderr.on("error", () => {});
    process.stderr.write(line);
  } catch {
    // Standard error is a file on a disk that is full.
  }
}

/** Appends lines to a file, as far as the disk takes them. */
export function appendLines(path: string): { write(line: string): void; close(): void } {
  const file = openSync(path, "a", 0o600);
  return {
    write(line) {
      try {
        writeSync(file, line);
      } catch {
        // As above.
      }
    },
    close: () => closeSync(file),
  };
}

function plain(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      value instanceof Error ? (value.stack ?? value.message) : value,
    ]),
  );
}
