import { createHash } from "node:crypto";
import { createReadStream, type Dirent, type Stats } from "node:fs";
import { lstat, readdir, readFile, readlink, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import ignore, { type Ignore } from "ignore";
import { fileSchema, longestTreePath, mostTreeFiles, type TreeFile, treePathSchema } from "../../contract/common.ts";
import { Problem } from "../../contract/errors.ts";
import type { Bytes } from "../../contract/operation.ts";
import { sha256 } from "../digest.ts";
import { inParallel } from "../parallel.ts";
import { readingFile } from "../read-file.ts";
import { isNotebook, stripNotebook } from "./notebook.ts";
import { dividePacks, pack } from "./pack.ts";
import { isProgram } from "./program.ts";
import { ask, type Remote } from "./remote.ts";

export interface LocalFile extends TreeFile {
  source: string;
  /** What is uploaded, when that is not the file as it lies there. */
  content?: Uint8Array;
}

const ignoreFiles = [".amlignore", ".gitignore"];
const neverUploaded = [".git", "__pycache__", ".ipynb_checkpoints", ".venv", "node_modules"];
const parallel = 8;
/** What is no larger is read at once. */
const wholeBytes = 1024 * 1024;

/**
 * Files below a folder of a person, hashed; what `.amlignore` (or else `.gitignore`) names is left out, links are
 * followed. Notebooks are taken without outputs when `stripNotebooks`, as in code: to run one does not change the code.
 */
export async function hashFolder(
  folder: string,
  options: { prefix?: string; stripNotebooks?: boolean } = {},
): Promise<LocalFile[]> {
  return hashBelow({ folder, own: { ignored: await ignoreRules(folder), real: [await realpath(folder)] } }, options);
}

/**
 * Files below a folder that a program wrote, hashed. Nothing is left out; what is no plain file or folder is refused.
 * `check` looks at each file before any is read.
 */
export const hashWritten = (
  folder: string,
  options: Pick<HashOptions, "check" | "signal"> = {},
): Promise<LocalFile[]> => hashBelow({ folder }, options);

interface HashOptions {
  prefix?: string;
  stripNotebooks?: boolean;
  check?(path: string, source: string): Promise<void>;
  signal?: AbortSignal;
}

async function hashBelow(place: Place, options: HashOptions): Promise<LocalFile[]> {
  const found: { path: string; source: string }[] = [];
  await walk(place, "", async (path, source) => {
    await options.check?.(path, source);
    if (found.length === mostTreeFiles) throw tooMany();
    found.push({ path, source });
  });
  const files: LocalFile[] = [];
  await inParallel(parallel, found, async ({ path, source }) => {
    options.signal?.throwIfAborted();
    files.push(await hashFile(source, join(options.prefix ?? "", path), options));
  });
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

const tooMany = (): Problem =>
  new Problem("unprocessable", `A folder is stored with at most ${mostTreeFiles} files, and this one has more.`, {
    hint: "Pack them: one archive, Parquet or JSON lines file is also read faster than many small ones.",
  });

export async function hashFile(
  source: string,
  path: string,
  options: Pick<HashOptions, "stripNotebooks" | "signal"> = {},
): Promise<LocalFile> {
  const content = options.stripNotebooks ? await strippedContent(source) : undefined;
  if (content) return { path, digest: sha256(content), size: content.length, source, content };
  const executable = await isProgram(source);
  return { path, ...(await digestOf(source, options.signal)), source, ...(executable ? { executable: true } : {}) };
}

async function digestOf(source: string, signal?: AbortSignal): Promise<{ digest: string; size: number }> {
  // A stream makes a buffer for each file that is larger than most files are.
  if ((await stat(source)).size <= wholeBytes) {
    const bytes = await readFile(source);
    return { digest: sha256(bytes), size: bytes.length };
  }
  const hash = createHash("sha256");
  let size = 0;
  for await (const part of createReadStream(source, { highWaterMark: 1 << 20, signal })) {
    hash.update(part);
    size += part.length;
  }
  return { digest: hash.digest("hex"), size };
}

async function strippedContent(source: string): Promise<Uint8Array | undefined> {
  return isNotebook(source, (await stat(source)).size) ? stripNotebook(await readFile(source)) : undefined;
}

/** A folder of a person has rules of what is left out; its links are followed, so the real folders on the way count. */
interface Place {
  folder: string;
  own?: { ignored: Ignore; real: string[] };
}

async function walk(
  place: Place,
  prefix: string,
  visit: (path: string, source: string) => Promise<void>,
): Promise<void> {
  const { folder, own } = place;
  for (const entry of await entriesOf(folder, prefix)) {
    const path = prefix ? `${prefix}/${entry.name}` : entry.name;
    const source = join(folder, entry.name);
    const ignores = (isFolder: boolean) => own?.ignored.ignores(isFolder ? `${path}/` : path);
    if (ignores(entry.isDirectory())) continue;
    // A link in what a program wrote would carry somebody else's file along; a person's own leads to what is meant.
    const found = own && entry.isSymbolicLink() ? await followed(source, path) : entry;
    if (found.isDirectory()) {
      if (ignores(true)) continue;
      await walk({ folder: source, own: own && (await below(own, source, path)) }, path, visit);
    } else if (found.isFile()) {
      await refuseName(path, source);
      await visit(path, source);
    }
    // Pipes, sockets and devices are no content.
    else if (!own) throw notContent(path, await lstat(source));
  }
}

async function followed(source: string, path: string): Promise<Stats> {
  return stat(source).catch(async () => {
    throw new Problem(
      "invalid",
      `"${path}" is a symbolic link to "${await readlink(source)}", where there is nothing.`,
      {
        hint: "Mend or remove the link, or name it in .amlignore.",
      },
    );
  });
}

async function below<Own extends { real: string[] }>(own: Own, source: string, path: string): Promise<Own> {
  const real = await realpath(source);
  if (own.real.includes(real)) {
    throw new Problem("invalid", `"${path}" is a symbolic link to a folder that it is in itself: ${real}.`, {
      hint: "Remove the link, or name it in .amlignore.",
    });
  }
  return { ...own, real: [...own.real, real] };
}

async function entriesOf(folder: string, prefix: string): Promise<Dirent[]> {
  // Below so long a path no file could be stored, and folders may go on for ever.
  if (prefix.length > longestTreePath) throw tooLong(prefix);
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw error.code === "ENAMETOOLONG" ? tooLong(prefix) : error;
  });
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const tooLong = (path: string): Problem =>
  new Problem("unprocessable", `The path "${path.slice(0, 100)}…" is longer than ${longestTreePath} characters.`, {
    hint: "Use shorter names, or fewer folders within each other.",
  });

/** A name that could not be stored, or not be found again. */
async function refuseName(path: string, source: string): Promise<void> {
  if (path.length > longestTreePath) throw tooLong(path);
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
  remote: Remote,
  files: LocalFile[],
): Promise<{ digest: string; files: number; size: number }> {
  const { client, workspace, signal } = remote;
  const params = { workspace };
  const bySum = new Map(files.map((file) => [file.digest, file]));
  const digests = [...bySum.keys()];
  const { missing } = await ask(remote, () => client.blob.missing({ params, body: { digests } }, { signal }));
  await uploadBlobs(
    remote,
    missing.map((digest) => bySum.get(digest)!),
  );
  const body = { files: files.map((file) => fileSchema.parse(file)) };
  const { digest } = await ask(remote, () => client.blob.createTree({ params, body }, { signal }));
  return { digest, files: files.length, size: files.reduce((sum, file) => sum + file.size, 0) };
}

/** Stores the contents of files, small ones many at a time. */
async function uploadBlobs(remote: Remote, files: LocalFile[]): Promise<void> {
  const { packs, large } = dividePacks(files);
  await inParallel(parallel, [...large.map((file) => [file]), ...packs], ([first, ...others]) =>
    others.length === 0 ? uploadBlob(remote, first!) : uploadPack(remote, [first!, ...others]),
  );
}

async function uploadPack(remote: Remote, files: LocalFile[]): Promise<void> {
  const { client, workspace, signal } = remote;
  const contents = files.map((file) => file.content ?? readFile(file.source));
  const body = Buffer.concat(await Array.fromAsync(pack(await Promise.all(contents))));
  const { stored } = await ask(remote, () => client.blob.putMany({ params: { workspace }, body }, { signal }));
  const changed = files.find((file, index) => file.digest !== stored[index]?.digest);
  if (changed) throw changedMeanwhile(changed);
}

/** Stores the content of a file. */
export async function uploadBlob(remote: Remote, file: LocalFile): Promise<void> {
  const { client, workspace, signal } = remote;
  const params = { workspace, digest: file.digest };
  const put = (body: Bytes | Uint8Array) => client.blob.put({ params, body }, { signal });
  // Small files travel in one piece: a request that can be sent again without reading twice.
  const whole = file.content ?? (file.size <= wholeBytes ? new Uint8Array(await readFile(file.source)) : undefined);
  try {
    await ask(remote, () => (whole ? put(whole) : readingFile(file.source, put)));
  } catch (error) {
    throw error instanceof Problem && error.code === "unprocessable" ? changedMeanwhile(file, error) : error;
  }
}

const changedMeanwhile = ({ path }: LocalFile, cause?: Problem): Problem =>
  new Problem("conflict", `"${path}" changed while it was uploaded.`, { hint: "Try again.", cause });
