import type { AssetSource } from "../../contract/asset-source.ts";
import { Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { shownUrl } from "../../platform/outbound/shown.ts";
import { readUrl } from "../url/index.ts";
import { findMade, type Made } from "./made.ts";

/** Somebody waits for the answer; what takes longer is read by a job, which can wait. */
const longestReadMs = 240_000;

/** Stores the files that an asset is made of, as they are now: those at a URL, or what a job or a run wrote. */
export async function takeFiles(ctx: Ctx, workspace: string, source: AssetSource): Promise<Made> {
  if (source.from !== "url") return findMade(ctx, workspace, source);
  const signal = AbortSignal.timeout(longestReadMs);
  try {
    const { tree } = await readUrl(ctx, workspace, source.url, signal);
    return { tree, jobId: null, runId: null, said: shownUrl(source.url) };
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Problem("unavailable", `${shownUrl(source.url)} was not read within ${longestReadMs / 1000} s.`, {
      hint: "Take it as the input of a job that copies it to an output with a name.",
      cause: error,
    });
  }
}
