import { createReadStream, type ReadStream } from "node:fs";

/** Reads a file as a stream, which is closed when `use` has ended, also where it read none of it. */
export async function readingFile<T>(path: string, use: (content: ReadStream) => Promise<T>): Promise<T> {
  const content = createReadStream(path);
  // Whoever reads is told of an error; nobody may be reading when it comes.
  content.on("error", () => {});
  try {
    return await use(content);
  } finally {
    content.destroy();
  }
}
