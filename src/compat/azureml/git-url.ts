import type { Reference } from "./reference.ts";

/** A folder of a repository of git at a branch, tag or commit. */
export interface GitPlace {
  repository: string;
  /** Absent: what the repository has checked out. */
  ref?: string;
  /** Absent: all of it. */
  folder?: string;
}

const looksLikeGit = [/^git\+/i, /^git@/, /^(git|ssh):\/\//i, /^https?:\/\/[^?#]*\.git(\/\/[^?#]*)?([@#?].*)?$/i];

const howToWrite = "Write git+https://<host>/<repository>#<branch, tag or commit>:<folder>.";

/**
 * Every way in which a folder of a repository is written: `git+https://host/a/b#branch:folder` as Docker and Azure ML
 * write it, `//folder@branch` and `?ref=branch` as others do, `#subdirectory=folder` as pip does. Without `git+`, the
 * address ends in `.git`. Undefined when it is no URL of git at all.
 */
export function parseGitUrl(written: string): Reference | undefined {
  if (!looksLikeGit.some((form) => form.test(written))) return undefined;
  const url = written.replace(/^git\+/i, "");
  if (!/^https?:\/\//i.test(url)) return { kind: "remote", what: "a git URL that is not https" };
  const [, start = "", path = "", query = "", fragment = ""] =
    /^(https?:\/\/[^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/i.exec(url) ?? [];
  if (start.includes("@")) {
    const message = "a git URL with a user or a password in it would be kept with the job";
    return { kind: "invalid", message, hint: "Leave them out; a private repository can be mirrored in a folder." };
  }
  const [, whole = "", at] = /^(.*?)(?:@([^@]*))?$/.exec(path) ?? [];
  const [repository = "", inPath] = whole.replace(/\/$/, "").split("//");
  const said = readFragment(fragment.slice(1));
  const ref = said.ref || at || /[?&]ref=([^&]*)/.exec(query)?.[1];
  const folder = cleanFolder(said.folder ?? inPath ?? "");
  const isRef = !ref || (/^[A-Za-z0-9][\w./+-]{0,254}$/.test(ref) && !/\.\.|\/$|\.lock$/.test(ref));
  if (!/[^/]/.test(repository) || !isRef || folder === undefined)
    return { kind: "invalid", message: `"${written}" does not name a folder of a repository`, hint: howToWrite };
  return {
    kind: "git",
    repository: `${start}${repository}`,
    ...(ref ? { ref } : {}),
    ...(folder ? { folder } : {}),
  };
}

/** `branch:folder`, `branch`, `:folder`, or `subdirectory=folder&egg=name`. */
function readFragment(fragment: string): { ref?: string; folder?: string } {
  if (/(^|&)(subdirectory|egg)=/.test(fragment)) {
    return { folder: /(?:^|&)subdirectory=([^&]*)/.exec(fragment)?.[1] };
  }
  const [ref, folder] = fragment.split(/:(.*)/s);
  return { ref, ...(folder ? { folder } : {}) };
}

/** Undefined when it leads out of the repository. */
function cleanFolder(folder: string): string | undefined {
  const parts = folder.split("/").filter((part) => part !== "" && part !== ".");
  return parts.some((part) => part === "..") ? undefined : parts.join("/");
}
