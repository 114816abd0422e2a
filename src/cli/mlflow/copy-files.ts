import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { TreeFile } from "../../contract/common.ts";
import { Problem } from "../../contract/errors.ts";
import { inParallel } from "../../platform/parallel.ts";
import { hashFile, type LocalFile, uploadBlob } from "../../platform/transfer/upload.ts";
import { NotThere } from "./rest-client.ts";
import type { SourceFile, SourcePlace } from "./source.ts";
import type { Import } from "./target.ts";

const filesAtOnce = 200;
const bytesAtOnce = 256 * 1024 * 1024;
const parallel = 6;

/**
 * Copies the files of a place into the store and gives their list. What is there with the same path and size is not
 * read again, unless the import is told to. What cannot be read is reported and left out.
 */
export async function copyFiles(task: Import, place: SourcePlace): Promise<TreeFile[]> {
  const copied: TreeFile[] = [];
  let known: Map<string, TreeFile> | undefined;
  let batch: SourceFile[] = [];
  let bytes = 0;
  for await (const file of task.source.files(place)) {
    if (task.dryRun) {
      copied.push({ path: file.path, size: file.size, digest: "" });
      task.progress.bytes += file.size;
      continue;
    }
    known ??= await filesHere(task, place);
    const here = known.get(file.path);
    if (here && here.size === file.size && !task.again) {
      copied.push(here);
      continue;
    }
    batch.push(file);
    bytes += file.size;
    if (batch.length < filesAtOnce && bytes < bytesAtOnce) continue;
    copied.push(...(await copyBatch(task, place, batch)));
    batch = [];
    bytes = 0;
  }
  copied.push(...(await copyBatch(task, place, batch)));
  return copied;
}

async function filesHere(task: Import, place: SourcePlace): Promise<Map<string, TreeFile>> {
  if (place.kind === "folder") return new Map();
  const { files } = await task.client.import.files({ params: task.params, body: { owner: place.id } });
  return new Map(files.map((file) => [file.path, file]));
}

async function copyBatch(task: Import, place: SourcePlace, batch: SourceFile[]): Promise<TreeFile[]> {
  if (batch.length === 0) return [];
  const folder = await mkdtemp(join(tmpdir(), "trainyard-import-"));
  try {
    const local: LocalFile[] = [];
    await inParallel(parallel, batch, async (file) => {
      const found = await fetchFile(file, join(folder, String(batch.indexOf(file)))).catch((error: unknown) => {
        if (!isUnreadable(error)) throw error;
        task.complain(`${place.kind}/${place.id}/${file.path}`, `cannot be read: ${error.message}`);
      });
      if (found) local.push(found);
    });
    const byDigest = new Map(local.map((file) => [file.digest, file]));
    const body = { digests: [...byDigest.keys()] };
    const { missing } = await task.client.blob.missing({ params: task.params, body });
    const remote = { client: task.client, ...task.params };
    await inParallel(parallel, missing, (digest) => uploadBlob(remote, byDigest.get(digest)!));
    task.progress.bytes += local.reduce((sum, file) => sum + file.size, 0);
    const files = local.map(({ path, digest, size }) => ({ path, digest, size }));
    return place.kind === "folder" ? files : await note(task, place.id, files);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function note(task: Import, owner: string, files: TreeFile[]): Promise<TreeFile[]> {
  const body = { files: files.map((file) => ({ owner, ...file })) };
  const { issues } = await task.client.import.artifacts({ params: task.params, body });
  for (const { subject, message } of issues) task.complain(subject, message);
  const refused = new Set(issues.map((issue) => issue.subject));
  return files.filter((file) => !refused.has(`${owner}/${file.path}`));
}

/** Its place on this machine and its digest; downloaded first when it is elsewhere. */
async function fetchFile(file: SourceFile, target: string): Promise<LocalFile> {
  if (typeof file.at === "string") return hashFile(file.at, file.path);
  const hash = createHash("sha256");
  let size = 0;
  await pipeline(
    Readable.from(await file.at()),
    async function* (source: AsyncIterable<Uint8Array>) {
      for await (const part of source) {
        hash.update(part);
        size += part.length;
        yield part;
      }
    },
    createWriteStream(target),
  );
  return { path: file.path, digest: hash.digest("hex"), size, source: target };
}

/** About this one file: it is gone, or not ours to read. A full disk or a lost server is about everything. */
const isUnreadable = (error: unknown): error is Error =>
  error instanceof NotThere ||
  (error instanceof Problem && error.code === "unavailable" && / answers 5/.test(error.message)) ||
  ["ENOENT", "EACCES", "EPERM", "EIO", "ENOTDIR"].includes((error as { code?: string }).code ?? "");
