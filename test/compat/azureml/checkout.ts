import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { SourceFiles } from "../../../src/compat/azureml/index.ts";
import type { TreeFile } from "../../../src/contract/common.ts";

/** Stands for the digest of what is never read: planning needs that a file is there, not what is in it. */
const standIn = (path: string): string => createHash("sha256").update(path).digest("hex");

/** Every file of a checkout, as the files that come with a job. */
export function openCheckout(root: string): SourceFiles & { yamlBelow(folder: string): string[] } {
  const all: TreeFile[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const place = join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== ".git") walk(place);
      if (!entry.isFile()) continue;
      const path = relative(root, place).split(sep).join("/");
      all.push({ path, digest: standIn(path), size: statSync(place).size });
    }
  };
  walk(root);
  const known = new Set(all.map(({ path }) => path));
  return {
    read: async (path) => (known.has(path) ? readFileSync(join(root, path), "utf8") : undefined),
    list: async (folder) => {
      if (folder === "") return all;
      const inside = all.filter(({ path }) => path.startsWith(`${folder}/`));
      return inside.map((file) => ({ ...file, path: file.path.slice(folder.length + 1) }));
    },
    subtree: async (path) => standIn(path),
    combine: async (parts) => standIn(JSON.stringify(parts)),
    yamlBelow: (folder) => {
      const start = folder === "." ? "" : `${folder}/`;
      const inside = all.filter(({ path }) => path.startsWith(start) && /\.ya?ml$/i.test(path));
      return inside.map(({ path }) => path).sort();
    },
  };
}
