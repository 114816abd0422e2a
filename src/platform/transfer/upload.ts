import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { lstat, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import ignore, { type Ignore } from "ignore";
import type { Client } from "../../contract/client.ts";
import { type TreeFile, treePathSchema } from "../../contract/common.ts";
import { Problem } from "../../contract/errors.ts";
import { sha256 } from "../digest.ts";
import { isNotebook, stripNotebook } from "./notebook.ts";

export interface LocalFile extends TreeFile {
  source: string;
  /** What is uploaded, when that is not the file as it lies there. */
  content?: Uint8Array;
}

const ignoreFiles = [".amlignore", ".gitignore"];
const neverUploaded = [".git", "__pycache__", ".ipynb_checkpoints", "node_modules"];
const parallel = 8;

/**
 * Files below a folder, hashed; what `.amlignore` (or else `.gitignore`) names is left out when `useIgnore`. Notebooks
 * are taken without outputs when `stripNotebooks`, as in code: to run one does not change the code.
 */
export async function hashFolder(
  folder: string,
  options: { useIgnore: boolean; prefix?: string; stripNotebooks?: boolean },
): Promise<LocalFile[]> {
  const files: LocalFile[] = [];
  const ignored = options.useIgnore ? await ignoreRules(folder) : undefined;
  await walk(folder, "", ignored, async (path, source) => {
    files.push(await hashFile(source, join(options.prefix ?? "", path), options));
  });
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

export async function hashFile(
  source: string,
  path: string,
  options: { stripNotebooks?: boolean } = {},
): Promise<LocalFile> {
  const content = options.stripNotebooks ? await strippedContent(source) : undefined;
  if (content) return { path, digest: sha256(content), size: content.length, source, content };
  const hash = createHash("sha256");
  let size = 0;
  for await (const part of createReadStream(source, { highWaterMark: 1 << 20 })) {
    hash.update(part);
    size += part.length;
  }
  return { path, digest: hash.digest("hex"), size, source };
}

async function strippedContent(source: string): Promise<Uint8Array | undefined> {
  return isNotebook(source, (await stat(source)).size) ? stripNotebook(await readFile(source)) : undefined;
}

async function walk(
  folder: string,
  prefix: string,
  ignored: Ignore | undefined,
  visit: (path: string, source: string) => Promise<void>,
): Promise<void> {
  for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = prefix ? `${prefix}/${entry.name}` : entry.name;
    const source = join(folder, entry.name);
    if (ignored?.ignores(entry.isDirectory() ? `${path}/` : path)) continue;
    if (entry.isDirectory()) await walk(source, path, ignored, visit);
    else if (entry.isFile()) {
      await refuseName(path, source);
      await visit(path, source);
    }
    // Links, pipes, sockets and devices are no content. A link would carry somebody else's file along.
    else if (!ignored) throw notContent(path, await lstat(source));
  }
}

/** A name that could not be stored, or not be found again. */
async function refuseName(path: string, source: string): Promise<void> {
  const { success, error } = treePathSchema.safeParse(path);
  if (!success) {
    const why = error.issues.map(({ message }) => message).join("; ");
    throw new Problem("unprocessable", `${JSON.stringify(path)} cannot be stored under this name: ${why}.`);
  }
  // What is no text is read as this character, under which there is nothing.
  if (path.includes("\ufffd") && !(await lstat(source).catch(() => undefined)))
    throw new Problem("unprocessable", `The name of "${path}" is not UTF-8.`, { hint: "Give it another one." });
}

function notContent(path: string, found: Stats): Problem {
  if (found.isSymbolicLink()) {
    return new Problem("unprocessable", `"${path}" is a symbolic link; outputs are plain files and folders.`, {
      hint: "Copy the file instead of linking to it.",
    });
  }
  const what = found.isFIFO() ? "named pipe" : found.isSocket() ? "socket" : "device";
  return new Problem("unprocessable", `"${path}" is a ${what}; outputs are plain files and folders.`);
}

async function ignoreRules(folder: string): Promise<Ignore> {
  const rules = ignore().add(neverUploaded);
  for (const name of ignoreFiles) {
    const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
    if (text !== undefined) return rules.add(text);
  }
  return rules;
}

/** Stores those blobs that the server does not have yet, then the tree. Gives its digest and size. */
export async function uploadTree(
  client: Client,
  workspace: string,
  files: LocalFile[],
): Promise<{ digest: string; files: number; size: number }> {
  const bySum = new Map(files.map((file) => [file.digest, file]));
  const params = { workspace };
  const { missing } = await client.blob.missing({ params, body: { digests: [...bySum.keys()] } });
  const queue = missing.map((digest) => bySum.get(digest)!);
  await Promise.all(
    Array.from({ length: Math.min(parallel, queue.length) }, async () => {
      for (let file = queue.pop(); file; file = queue.pop()) await uploadBlob(client, workspace, file);
    }),
  );
  const body = { files: files.map(({ path, digest, size }) => ({ path, digest, size })) };
  const { digest } = await client.blob.createTree({ params, body });
  return { digest, files: files.length, size: files.reduce((sum, file) => sum + file.size, 0) };
}

const wholeBytes = 1024 * 1024;

/** Stores the content of a file. */
export async function uploadBlob(client: Client, workspace: string, file: LocalFile): Promise<void> {
  const params = { workspace, digest: file.digest };
  // Small files travel in one piece: a request that can be sent again without reading twice.
  const whole = file.content ?? (file.size <= wholeBytes ? new Uint8Array(await readFile(file.source)) : undefined);
  const body = whole ?? createReadStream(file.source);
  try {
    await client.blob.put({ params, body });
  } catch (error) {
    if (error instanceof Problem && error.code === "unprocessable") {
      throw new Problem("conflict", `"${file.path}" changed while it was uploaded.`, {
        hint: "Try again.",
        cause: error,
      });
    }
    throw error;
  }
}
