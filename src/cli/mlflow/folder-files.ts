import { existsSync } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { treePathSchema } from "../../contract/common.ts";
import type { SourceFile, SourceOptions, SourcePlace } from "./source.ts";

/**
 * Finds the files of a run or model in folders of this machine. A database says where files are by URI, and a URI
 * may name any folder: only the folders that the caller gave are read.
 */
export function createFolderFiles(options: SourceOptions) {
  const roots = [...new Set(options.artifactFolders.map((folder) => resolve(folder)))];
  return async function* files(place: SourcePlace): AsyncGenerator<SourceFile> {
    const subject = `${place.kind}/${place.id}`;
    const found = await folderOf(place.uri, roots);
    if ("refused" in found) return options.complain(subject, found.refused);
    if (found.folder === undefined) return;
    if ((await stat(found.folder)).isFile())
      return options.complain(subject, `${found.folder} is a file, not a folder`);
    yield* walk(found.folder, "", (path, message) => options.complain(`${subject}/${path}`, message));
  };
}

type Found = { folder: string | undefined } | { refused: string };

async function folderOf(uri: string, roots: string[]): Promise<Found> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "file" && scheme !== "mlflow-artifacts") {
    return {
      refused: `its files are at ${uri}, which is not read from here; import from the running server (http://…), which hands them out`,
    };
  }
  const candidates = scheme === "mlflow-artifacts" ? proxied(uri, roots) : local(uri, roots);
  const there = candidates.filter((folder) => existsSync(folder));
  const real = await Promise.all(roots.filter((root) => existsSync(root)).map((root) => realpath(root)));
  for (const folder of there) {
    const path = await realpath(folder);
    if (real.some((root) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)))
      return { folder };
  }
  if (there.length > 0)
    return {
      refused: `its files are in ${there[0]}; name that folder or one above it with --artifacts to have them read`,
    };
  // A run without artifacts has no folder. The folder of all experiments tells whether the place as such is there.
  if (candidates.some((folder) => existsSync(resolve(folder, "../../..")))) return { folder: undefined };
  return {
    refused: `its folder is not there: ${candidates[0] ?? uri}; name the folder of the artifacts with --artifacts`,
  };
}

const proxied = (uri: string, roots: string[]): string[] => {
  const path = decodeURIComponent(uri.replace(/^mlflow-artifacts:(\/\/[^/]*)?\/*/, ""));
  return treePathSchema.safeParse(path).success ? roots.map((root) => join(root, path)) : [];
};

/** Where the URI says; else the same place below a folder that was given, for a copy that was carried here. */
function local(uri: string, roots: string[]): string[] {
  const path = uri.startsWith("file:") ? pathOf(uri) : resolve(uri);
  const [, tail] = /([^/]+\/(?:models\/m-[0-9a-f]{32}|[0-9a-f]{32})\/artifacts.*)$/.exec(path) ?? [];
  return [path, ...(tail ? roots.map((root) => join(root, tail)) : [])];
}

function pathOf(uri: string): string {
  try {
    return fileURLToPath(uri);
  } catch {
    return uri.replace(/^file:(\/\/[^/]*)?/, "");
  }
}

async function* walk(
  folder: string,
  prefix: string,
  complain: (path: string, message: string) => void,
): AsyncGenerator<SourceFile> {
  for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = prefix ? `${prefix}/${entry.name}` : entry.name;
    const full = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(full, path, complain);
    else if (!entry.isFile()) complain(path, "is neither a file nor a folder (a link, perhaps) and is left out");
    else if (!treePathSchema.safeParse(path).success) complain(path, "has a name that is not taken");
    else yield { path, size: (await stat(full)).size, at: full };
  }
}
