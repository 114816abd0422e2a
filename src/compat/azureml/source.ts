import type { Tree, TreeFile } from "../../contract/common.ts";

/** The files that came with a job. Paths are relative to the root of the uploaded tree, `/` between parts. */
export interface SourceFiles {
  /** The text of a file; undefined when there is none. */
  read(path: string): Promise<string | undefined>;
  /** Every file below a folder (`""` is the root), with paths relative to that folder; empty when there is no folder. */
  list(folder: string): Promise<TreeFile[]>;
  /**
   * The digest of the tree of a folder, paths relative to it. For the path of a file: of a tree that holds only that
   * file under its own name, so that its neighbours do not change the digest.
   */
  subtree(path: string): Promise<string>;
  /** The digest of a tree put together: each part under a name of its own, or (`""`) at the root. */
  combine(parts: { path: string; kind: "file" | "folder"; as: string }[]): Promise<string>;
}

/** Files of a stored tree, given how to read a blob as text and how to store the manifest of a part of the tree. */
export function filesOfTree(
  tree: Tree,
  storage: { readText(digest: string): Promise<string>; storeTree(tree: Tree): Promise<string> },
): SourceFiles {
  const byPath = new Map(tree.files.map((file) => [file.path, file]));
  const below = (folder: string): TreeFile[] => {
    if (folder === "") return tree.files;
    const prefix = `${folder}/`;
    const inside = tree.files.filter((file) => file.path.startsWith(prefix));
    return inside.map((file) => ({ ...file, path: file.path.slice(prefix.length) }));
  };
  return {
    read: async (path) => {
      const file = byPath.get(path);
      return file && storage.readText(file.digest);
    },
    list: async (folder) => below(folder),
    subtree: async (path) => {
      const file = byPath.get(path);
      return storage.storeTree({ files: file ? [{ ...file, path: baseName(path) }] : below(path) });
    },
    combine: async (parts) => {
      const files = new Map<string, TreeFile>();
      for (const { path, kind, as } of parts) {
        const some = kind === "file" ? [{ ...byPath.get(path)!, path: "" }] : below(path);
        for (const file of some) {
          const place = [as, file.path].filter((part) => part !== "").join("/");
          files.set(place || baseName(path), { ...file, path: place || baseName(path) });
        }
      }
      return storage.storeTree({ files: [...files.values()] });
    },
  };
}

/** `pipelines/train.yml` → `pipelines`; a file at the root is in folder `""`. */
export const folderOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf("/"), 0));

/** `pipelines/train.yml` → `train.yml` */
export const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** A path written in a file of `folder`, as a path from the root of the tree; undefined when it leaves the tree. */
export function resolvePath(folder: string, written: string): string | undefined {
  const path = written.replaceAll("\\", "/");
  if (path.startsWith("/") || path.startsWith("~") || /^[A-Za-z]:\//.test(path)) return undefined;
  const parts = folder === "" ? [] : folder.split("/");
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}
