import { open, stat } from "node:fs/promises";

const starts = [Buffer.from("#!"), Buffer.from("\u007fELF")];

/** So many bytes tell whether it does. */
export const longestStart = 4;

/** Does it begin as a script or a binary program does? */
export const beginsLikeProgram = (content: Uint8Array): boolean =>
  starts.some((start) => start.equals(content.subarray(0, start.length)));

/**
 * Is this a file that may be executed, and a program? Where a file system knows no permissions every file may be, and
 * the same files are to have the same digest on every machine.
 */
export async function isProgram(source: string): Promise<boolean> {
  if (((await stat(source)).mode & 0o100) === 0) return false;
  const file = await open(source, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longestStart), 0, longestStart, 0);
    return beginsLikeProgram(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
