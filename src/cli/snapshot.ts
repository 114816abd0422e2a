import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import ignore, { type Ignore } from "ignore";
import type { CodeSnapshot } from "../contract/code-snapshot.ts";

const longestDiff = 256 * 1024;
const mostUntracked = 200;
/** More than this many would not fit into the arguments of one command. */
const mostChanged = 1000;

/** The state of the work tree of git that a job's file lies in; undefined where there is none, or no git. */
export async function takeSnapshot(path: string): Promise<CodeSnapshot | undefined> {
  const folder = dirname(resolve(path));
  const git = (...argv: string[]) => output(folder, argv);
  const [root, commit] = [await git("rev-parse", "--show-toplevel"), await git("rev-parse", "HEAD")];
  if (!root || !commit) return undefined;
  const top = root.trim();
  const isIgnored = await ignoredIn(top, folder);
  const kept = (list: string | undefined) => (list ?? "").split("\0").filter((file) => file && !isIgnored(file));
  const changed = kept(await output(top, ["diff", "HEAD", "--name-only", "--no-renames", "-z"]));
  const untracked = kept(await output(top, ["ls-files", "--others", "--exclude-standard", "-z"]));
  const files = changed.slice(0, mostChanged).map((file) => `:(literal)${file}`);
  const diff = changed.length > 0 ? ((await output(top, [...plainDiff, "--", ...files])) ?? "") : "";
  return {
    commit: commit.trim(),
    branch: (await git("symbolic-ref", "--quiet", "--short", "HEAD"))?.trim() || null,
    remote: withoutCredentials((await git("remote", "get-url", "origin"))?.trim()),
    file: relative(top, resolve(path)),
    dirty: changed.length > 0 || untracked.length > 0,
    diff: diff.slice(0, longestDiff),
    diffCut: diff.length > longestDiff || changed.length > mostChanged,
    untracked: untracked.slice(0, mostUntracked),
  };
}

/** No programs that the repository's configuration names. */
const plainDiff = ["diff", "HEAD", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames"];

function output(cwd: string, argv: string[]): Promise<string | undefined> {
  const options = { cwd, maxBuffer: 64 * 1024 * 1024, timeout: 20_000 };
  return new Promise((done) => {
    execFile("git", ["-c", "core.fsmonitor=false", ...argv], options, (error, text) => done(error ? undefined : text));
  });
}

/** `https://ada:secret@host/repo?token=x` → `https://host/repo` */
export function withoutCredentials(remote: string | undefined): string | null {
  if (!remote) return null;
  if (!URL.canParse(remote) || !/^[a-z][a-z0-9+.-]*:\/\//i.test(remote)) return remote.slice(0, 1000);
  const url = new URL(remote);
  url.username = "";
  url.password = "";
  url.search = "";
  url.hash = "";
  return url.href.slice(0, 1000);
}

/** Rules of every `.amlignore` from the root of the work tree down to the job's file. */
async function ignoredIn(top: string, folder: string): Promise<(file: string) => boolean> {
  const rules: { prefix: string; rules: Ignore }[] = [];
  const parts = relative(top, folder).split("/").filter(Boolean);
  for (let depth = 0; depth <= parts.length; depth += 1) {
    const prefix = parts
      .slice(0, depth)
      .map((part) => `${part}/`)
      .join("");
    const text = await readFile(join(top, prefix, ".amlignore"), "utf8").catch(() => undefined);
    if (text !== undefined) rules.push({ prefix, rules: ignore().add(text) });
  }
  return (file) => rules.some((one) => file.startsWith(one.prefix) && one.rules.ignores(file.slice(one.prefix.length)));
}

/** `commit 1a2b3c4d on main, changed since: 12 lines of diff, 1 file unknown to git` */
export function describeSnapshot({ commit, branch, dirty, diff, untracked }: CodeSnapshot): string {
  const at = `commit ${commit.slice(0, 8)}${branch ? ` on ${branch}` : ""}`;
  if (!dirty) return at;
  const files = [...diff.matchAll(/^diff --git /gm)].length;
  const parts = [files > 0 && `${files} changed`, untracked.length > 0 && `${untracked.length} unknown to git`].filter(
    Boolean,
  );
  return `${at}, files since: ${parts.join(", ")}`;
}
