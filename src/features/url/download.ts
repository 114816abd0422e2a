import { basename } from "node:path/posix";
import { invalid, Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { getOutside } from "../../platform/outbound/get.ts";
import { createTree, putBlob } from "../blob/index.ts";
import { canonicalUrl } from "./places.ts";
import { findWhole, keepContent, type UrlContent } from "./store.ts";

const idleMs = 60_000;
const largestBytes = 20 * 1024 ** 3;

/** Downloads one file, or takes what was downloaded before when the server says that it has not changed. */
export async function download(ctx: Ctx, workspace: string, url: string, signal: AbortSignal): Promise<UrlContent> {
  const address = canonicalUrl(url);
  if (!/^https?:/i.test(address)) throw notReachable(url);
  if (ctx.config.urlDownloads === "off") throw notReachable(url);
  const known = await findWhole(ctx, workspace, url);
  const etag = known?.validator ? { "if-none-match": known.validator } : undefined;
  const response = await getOutside({
    url: address,
    headers: etag,
    allowPrivate: ctx.config.urlDownloads === "any",
    setting: "--url-downloads any",
    idleMs,
    signal,
  }).catch((error: unknown) => {
    if (error instanceof Problem || signal.aborted) throw error;
    throw new Problem("unavailable", `${url} could not be downloaded: ${(error as Error).message}.`, { cause: error });
  });
  try {
    if (response.statusCode === 304 && known) return { tree: known.tree, path: known.path };
    if (response.statusCode !== 200) throw notFoundThere(url, response.statusCode ?? 0);
    const stored = await putBlob(ctx, workspace, bounded(response, url));
    const name = basename(decodeURIComponent(new URL(address).pathname)) || "content";
    const tree = await createTree(ctx, workspace, { files: [{ path: name, ...stored }] });
    await keepContent(ctx, workspace, url, { tree, path: name, validator: response.headers.etag ?? "" });
    return { tree, path: name };
  } finally {
    response.destroy();
  }
}

async function* bounded(parts: AsyncIterable<Uint8Array>, url: string): AsyncIterable<Uint8Array> {
  let size = 0;
  for await (const part of parts) {
    size += part.length;
    if (size > largestBytes) throw invalid(`${url} has more than ${largestBytes} bytes.`);
    yield part;
  }
}

const notReachable = (url: string): Problem =>
  invalid(`What lies at ${url} cannot be read from here.`, {
    hint: "Whoever runs the server may name a folder that holds its content: --url-folders <URL>=<folder>.",
  });

function notFoundThere(url: string, status: number): Problem {
  const again = status >= 500 || status === 429;
  return new Problem(again ? "unavailable" : "invalid", `${url} answered ${status}.`, {
    hint: "A folder of files cannot be listed over HTTP; --url-folders <URL>=<folder> names one that holds them.",
  });
}
