import { readFile, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Place } from "../authoring/lower.ts";
import { Problem } from "../contract/errors.ts";
import { hashFile, hashFolder, type LocalFile, uploadTree } from "../platform/transfer/upload.ts";
import type { Connection } from "./connection.ts";

/** What a pipeline in TypeScript names: files beside it in `folder`, which are uploaded, and environments of the workspace. */
export function placeOf(connection: Connection, folder: string): Place {
  const { client, params } = connection;
  const at = (path: string): string => (path.startsWith("file:") ? fileURLToPath(path) : resolve(folder, path));
  const upload = async (files: LocalFile[]): Promise<string> => (await uploadTree(connection, files)).digest;
  return {
    async code(path, include) {
      const own = path === undefined ? [] : (await filesAt(at(path), { stripNotebooks: true })).files;
      const others = await Promise.all(
        include.map((one) => filesAt(at(one), { stripNotebooks: true, prefix: basename(at(one)) })),
      );
      const byPath = new Map([...own, ...others.flatMap(({ files }) => files)].map((file) => [file.path, file]));
      return upload([...byPath.values()]);
    },
    async files(path) {
      const { files, isFile } = await filesAt(at(path), {});
      return { digest: await upload(files), ...(isFile ? { path: basename(at(path)) } : {}) };
    },
    text: async (path) => {
      const { isFile } = await kindOf(at(path));
      if (isFile) return readFile(at(path), "utf8");
      throw new Problem("invalid", `${at(path)} is a folder, not a file.`);
    },
    async gather(paths) {
      const there = await Promise.all(
        paths.map(async (path) => (isNeeded(path) || (await isThere(at(path))) ? at(path) : [])),
      );
      const found = await Promise.all(there.flat().map((place) => filesAt(place, { prefix: basename(place) })));
      return upload(found.flatMap(({ files }) => files));
    },
    async environment(name, version) {
      const { items } = await client.environment.get({ params: { ...params, name } });
      const found = version === undefined ? items[0] : items.find((one) => String(one.version) === version);
      if (found) {
        const { condaFile, image, build, files, uvProject } = found;
        return { name, condaFile, image, build, files, uvProject };
      }
      throw new Problem("not_found", `There is no version ${version} of the environment ${name}.`);
    },
  };
}

/** A project of uv may do without. */
const isNeeded = (path: string): boolean => basename(path) !== ".python-version";

const isThere = (place: string): Promise<boolean> =>
  stat(place).then(
    () => true,
    () => false,
  );

async function kindOf(place: string): Promise<{ isFile: boolean }> {
  const info = await stat(place).catch(() => undefined);
  if (info) return { isFile: info.isFile() };
  throw new Problem("invalid", `There is no file or folder ${place}.`, {
    hint: "Paths are those from the pipeline's file; new URL(path, import.meta.url) takes them from another one.",
  });
}

/** A file under its own name, or the files of a folder, which has the name `prefix`. */
async function filesAt(
  place: string,
  options: { stripNotebooks?: boolean; prefix?: string },
): Promise<{ files: LocalFile[]; isFile: boolean }> {
  const { isFile } = await kindOf(place);
  const files = isFile ? [await hashFile(place, basename(place), options)] : await hashFolder(place, options);
  return { files, isFile };
}
