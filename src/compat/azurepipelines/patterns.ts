import type { At, Issues } from "../azureml/issues.ts";

/** A path inside the code tree, without `./` and a slash at its end; undefined, and an issue, for one that leads out of it. */
export function insidePath(path: string, what: string, at: At, issues: Issues): string | undefined {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (!path.startsWith("/") && !path.includes("\\") && !parts.includes("..")) return parts.join("/");
  issues.add(at, `${what} "${path}" leads out of the code`, "Write a path relative to the root of the code.");
  return undefined;
}

/** File patterns, one a line. They become part of a shell command: only what cannot be anything else is let through. */
export function readPatterns(text: string, at: At, issues: Issues): string[] {
  const patterns: string[] = [];
  for (const line of text.split("\n").map((part) => part.trim())) {
    if (line === "") continue;
    if (!/^[\w./*?-]+$/.test(line) || line.startsWith("-")) {
      issues.add(
        at,
        `not supported yet: the file pattern "${line}"`,
        'Use letters, digits, "_-./", "*", "**" and "?".',
      );
      continue;
    }
    const pattern = insidePath(line, "the file pattern", at, issues);
    if (pattern) patterns.push(pattern);
  }
  return patterns;
}
