import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { TreeFile } from "../../contract/common.ts";
import { invalid, Problem } from "../../contract/errors.ts";
import type { Bytes } from "../../contract/operation.ts";
import type { Ctx } from "../../platform/context.ts";
import { temporaryFolder } from "../../platform/table/index.ts";
import { beginsLikeProgram, longestStart } from "../../platform/transfer/program.ts";
import { createTree, putBlob } from "../blob/index.ts";
import { folderAt, recall, remember } from "../url/index.ts";
import { followLinks } from "./links.ts";
import { listEntries, readObjects } from "./objects.ts";
import { type Git, GitFailure, openGit, type Remote } from "./program.ts";

/** A folder of a repository at a branch, tag or commit. */
export interface GitFolder {
  /** Its address: `https://example.org/team/code.git`. */
  repository: string;
  ref?: string;
  folder?: string;
}

interface StoredFolder {
  tree: string;
  commit: string;
  /** What has no place in a tree of files: submodules, and links to what is not there. */
  leftOut: string[];
}

const mostFiles = 50_000;
const mostBytes = 2 * 1024 ** 3;

/** Stores a folder of a repository as it is now, without its history. A commit that was stored before is not fetched again. */
export async function readGitFolder(
  ctx: Ctx,
  workspace: string,
  wanted: GitFolder,
  signal: AbortSignal,
): Promise<StoredFolder> {
  const remote = await remoteOf(ctx, workspace, wanted.repository);
  const place = await makePlace(ctx);
  const over = new AbortController();
  try {
    const git = await openGit(ctx, remote, place, AbortSignal.any([signal, over.signal]));
    const commit = await findCommit(git, wanted);
    const key = `git+${wanted.repository}#${commit}:${wanted.folder ?? ""}`;
    const known = await recall(ctx, workspace, key);
    if (known) return { tree: known.tree, commit, leftOut: known.validator.split("\n").filter(Boolean) };
    const { tree, leftOut } = await store(ctx, workspace, git, join(place, "repository"), { ...wanted, commit });
    await remember(ctx, workspace, key, { tree, path: null, validator: leftOut.join("\n") });
    return { tree, commit, leftOut };
  } catch (error) {
    if (error instanceof Problem || signal.aborted || !(error instanceof GitFailure)) throw error;
    throw new Problem("unavailable", `${wanted.repository} could not be read: ${error.message}.`, { cause: error });
  } finally {
    over.abort();
    await rm(place, { recursive: true, force: true });
  }
}

/** Where a server that was killed leaves it, the next one removes it. */
async function makePlace({ config }: Ctx): Promise<string> {
  const parent = temporaryFolder(config.home);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  return mkdtemp(join(parent, "git-"));
}

/** Both spellings of an address mean the same repository. */
async function remoteOf(ctx: Ctx, workspace: string, repository: string): Promise<Remote> {
  const stem = repository.replace(/\.git$/, "");
  for (const spelling of [repository, `${stem}.git`, stem]) {
    const folder = await folderAt(ctx, workspace, spelling);
    if (folder !== undefined) return { folder };
  }
  if (ctx.config.urlDownloads !== "off" && /^https?:\/\//i.test(repository)) return { url: repository };
  throw invalid(`${repository} cannot be read from here.`, {
    hint: "Whoever runs the server may name a copy of it: --url-folders <URL>=<folder>.",
  });
}

/** The commit that a branch, tag or commit means now. */
async function findCommit(git: Git, { repository, ref }: GitFolder): Promise<string> {
  if (ref && /^[0-9a-f]{40}$/.test(ref)) return ref;
  const names = ref ? [`refs/heads/${ref}`, `refs/tags/${ref}`, ref] : ["HEAD"];
  const asked = names.flatMap((name) => (name.startsWith("refs/tags/") ? [name, `${name}^{}`] : [name]));
  const listed = (await git.run(["ls-remote", "--", git.remote, ...asked])).toString();
  const commits = new Map(
    listed.split("\n").map((line): [string, string] => {
      const [commit = "", name = ""] = line.split("\t");
      return [name, commit];
    }),
  );
  const name = names.find((candidate) => commits.has(candidate));
  // Of a tag with a message, the second line is the commit that it is put on.
  if (name) return commits.get(`${name}^{}`) ?? commits.get(name)!;
  throw invalid(`${repository} has no branch or tag "${ref ?? "HEAD"}".`, {
    hint: "A commit is named by all of its 40 digits.",
  });
}

async function store(
  ctx: Ctx,
  workspace: string,
  git: Git,
  repository: string,
  wanted: GitFolder & { commit: string },
): Promise<{ tree: string; leftOut: string[] }> {
  const { commit, folder = "" } = wanted;
  await git.run(["init", "--quiet", "--bare", repository]);
  const fetch = ["fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules"];
  const tooLarge = `${wanted.repository} has more than ${mostBytes} bytes at one commit.`;
  await whileSmall(repository, tooLarge, git.run([...fetch, "--", git.remote, commit], { cwd: repository }));
  const tree = await git
    .run(["rev-parse", "--verify", "--quiet", "--end-of-options", `${commit}:${folder}`], { cwd: repository })
    .catch(() => undefined);
  if (!tree) throw invalid(`${wanted.repository} has no folder "${folder}" at the commit ${commit.slice(0, 8)}.`);
  const tooMany = invalid(`That folder of ${wanted.repository} has more than ${mostFiles} files.`);
  const place = { repository, tree: tree.toString().trim() };
  const entries = await listEntries(git, place, { most: mostFiles, tooMany });
  const { files, leftOut } = await followLinks(entries, (objects) => readObjects(git, repository, objects));
  checkSize(wanted.repository, files);
  const stored: TreeFile[] = [];
  const contents = readObjects(
    git,
    repository,
    files.map(({ object }) => object),
  );
  for (const { path, executable } of files) {
    const content = (await contents.next()).value as Bytes;
    const { isProgram, ...file } = await putFile(ctx, workspace, content);
    stored.push({ path, ...file, ...(executable && isProgram ? { executable: true } : {}) });
  }
  await contents.return(undefined);
  return { tree: await createTree(ctx, workspace, { files: stored }), leftOut };
}

/** Stores a file as it is read: it may be larger than the memory. */
async function putFile(ctx: Ctx, workspace: string, content: Bytes) {
  let start: Buffer = Buffer.alloc(0);
  async function* seen() {
    for await (const part of content) {
      if (start.length < longestStart) start = Buffer.concat([start, part.subarray(0, longestStart)]);
      yield part;
    }
  }
  const stored = await putBlob(ctx, workspace, seen());
  return { ...stored, isProgram: beginsLikeProgram(start) };
}

/** Fails as soon as what is fetched is too much for the disk; the folder is removed with all that is in it then. */
async function whileSmall(folder: string, message: string, fetching: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const grown = new Promise<never>((_, reject) => {
    timer = setInterval(async () => {
      if ((await sizeOfFiles(folder)) > mostBytes) reject(invalid(message));
    }, 500);
  });
  try {
    await Promise.race([fetching, grown]);
  } finally {
    clearInterval(timer);
  }
}

async function sizeOfFiles(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = files.map(
    async ({ parentPath, name }) => (await stat(join(parentPath, name)).catch(() => undefined))?.size,
  );
  return (await Promise.all(sizes)).reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

function checkSize(repository: string, files: { size: number }[]): void {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (files.length === 0) throw invalid(`There are no files in that folder of ${repository}.`);
  if (size > mostBytes) throw invalid(`That folder of ${repository} has more than ${mostBytes} bytes.`);
}
