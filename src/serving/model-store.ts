import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type TreeFile, treeSchema } from "../contract/common.ts";
import { Problem } from "../contract/errors.ts";
import { digestOf } from "../platform/digest.ts";
import type { Control } from "./control.ts";
import { ensureFolder, readJson, replaceFile, syncFolder } from "./files.ts";

const downloadMs = 600_000;

/**
 * Model folders on this node, by the digest of their tree. Nothing in them is trusted: paths are checked, every file
 * is hashed when it arrives and again each time that the model is loaded; a damaged folder is fetched anew.
 */
export class ModelStore {
  readonly #root: string;
  readonly #control: Control;
  readonly #fetching = new Map<string, Promise<void>>();

  constructor(home: string, control: Control) {
    this.#root = join(home, "models");
    this.#control = control;
  }

  /** Path of the model's first `.onnx` file (`model.onnx` if there is one), after verification. */
  async onnxFile(digest: string): Promise<string> {
    let files = await this.#verified(digest);
    if (!files) {
      await this.#fetchOnce(digest);
      files = await this.#verified(digest);
    }
    if (!files) throw new Problem("internal", `The files of model ${digest} do not match their digests on this disk.`);
    const models = files.map((file) => file.path).filter((path) => path.toLowerCase().endsWith(".onnx"));
    const chosen = models.find((path) => basename(path) === "model.onnx") ?? models.sort()[0];
    if (!chosen)
      throw new Problem("unsupported", `Model ${digest.slice(0, 12)} has no .onnx file.`, {
        hint: "Register the model with an ONNX file; a converted one can lie beside the original.",
      });
    return join(this.#root, digest, "files", chosen);
  }

  /** Removes what no deployment needs any more, and what was left behind by a crash. */
  async keepOnly(digests: Set<string>): Promise<void> {
    for (const entry of await readdir(this.#root).catch(() => [])) {
      const fetched = entry.startsWith("fetch-") && this.#fetching.size === 0;
      const unused = /^[0-9a-f]{64}$/.test(entry) && !digests.has(entry) && !this.#fetching.has(entry);
      if (fetched || unused) await rm(join(this.#root, entry), { recursive: true, force: true });
    }
  }

  async #verified(digest: string): Promise<TreeFile[] | undefined> {
    const folder = join(this.#root, digest);
    const manifest = treeSchema.safeParse(await readJson(join(folder, "manifest.json")));
    if (!manifest.success || treeDigest(manifest.data.files) !== digest) return undefined;
    for (const file of manifest.data.files) {
      const actual = await hashFile(join(folder, "files", file.path)).catch(() => undefined);
      if (actual !== file.digest) return undefined;
    }
    return manifest.data.files;
  }

  async #fetchOnce(digest: string): Promise<void> {
    let fetching = this.#fetching.get(digest);
    if (!fetching) {
      fetching = this.#fetch(digest).finally(() => this.#fetching.delete(digest));
      this.#fetching.set(digest, fetching);
    }
    await fetching;
  }

  async #fetch(digest: string): Promise<void> {
    const answer = await this.#control.call((client) =>
      client.serving.modelFiles({ params: { digest } }, { signal: AbortSignal.timeout(30_000) }),
    );
    const { files } = treeSchema.parse(answer);
    if (treeDigest(files) !== digest)
      throw new Problem("internal", `The control plane's list of files of model ${digest} has another digest.`);
    await ensureFolder(this.#root);
    const temporary = await mkdtemp(join(this.#root, "fetch-"));
    try {
      for (const file of files) await this.#download(file, join(temporary, "files", file.path));
      await replaceFile(join(temporary, "manifest.json"), JSON.stringify({ files }));
      await rm(join(this.#root, digest), { recursive: true, force: true });
      await rename(temporary, join(this.#root, digest));
      await syncFolder(this.#root);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  async #download(file: TreeFile, path: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const response = await this.#control.call((client) =>
      client.serving.modelBlob({ params: { digest: file.digest } }, { signal: AbortSignal.timeout(downloadMs) }),
    );
    const hash = createHash("sha256");
    let size = 0;
    const check = new Transform({
      transform(chunk: Uint8Array, _, done) {
        size += chunk.length;
        hash.update(chunk);
        done(size > file.size ? new Error(`"${file.path}" is longer than ${file.size} bytes`) : null, chunk);
      },
    });
    const source = (response.body ?? []) as AsyncIterable<Uint8Array>;
    await pipeline(source, check, createWriteStream(path, { mode: 0o600, flush: true }));
    if (size !== file.size || hash.digest("hex") !== file.digest)
      throw new Problem("unavailable", `"${file.path}" of a model arrived damaged; it will be fetched again.`);
  }
}

const treeDigest = (files: TreeFile[]): string =>
  digestOf({ files: [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)) });

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
