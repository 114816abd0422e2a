import { lstat } from "node:fs/promises";

const mostHoles = 1024 ** 3;

/**
 * What is wrong with a file of holes, which says that it is large and takes no room: stored, it would take all that it
 * says. A compressing file system makes files small too, but not to a hundredth.
 */
export async function holesOf(path: string): Promise<string | undefined> {
  // A name that is no text leads nowhere; it is refused when its file is stored.
  const found = await lstat(path).catch(() => undefined);
  if (!found) return undefined;
  const { size, blocks } = found;
  const written = blocks * 512;
  if (size - written < mostHoles || written * 100 > size) return undefined;
  return `says that it has ${size} bytes, but only ${written} were ever written. Write it without holes, or cut it to its length.`;
}
