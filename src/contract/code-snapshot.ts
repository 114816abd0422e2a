import { z } from "zod";

/** What a work tree of git was like when its code was uploaded. It describes the code; it decides nothing about reuse. */
export const codeSnapshotSchema = z.strictObject({
  commit: z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/),
  /** Null when no branch was checked out. */
  branch: z.string().max(255).nullable(),
  /** Address of `origin`, without credentials. */
  remote: z.string().max(1000).nullable(),
  /** Path of the job's file from the root of the work tree. */
  file: z.string().max(1000),
  /** Whether anything differed from the commit. */
  dirty: z.boolean(),
  /** `git diff HEAD`, without what `.amlignore` names. */
  diff: z.string().max(300_000),
  /** Whether the diff was longer, and its end is missing. */
  diffCut: z.boolean(),
  /** Files that git does not know, at most 200. */
  untracked: z.array(z.string().max(1000)).max(200),
});
export type CodeSnapshot = z.infer<typeof codeSnapshotSchema>;
