import { basename } from "node:path/posix";
import { treePathSchema } from "../../contract/common.ts";
import { invalid, Problem } from "../../contract/errors.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/context.ts";
import { getOutside } from "../../platform/outbound/get.ts";
import { shownUrl } from "../../platform/outbound/shown.ts";
import { createTree, putBlob } from "../blob/index.ts";
import { canonicalUrl, decoded } from "./places.ts";
import { findWhole, keepContent, type UrlContent } from "./store.ts";

const idleMs = 60_000;
const largestBytes = 20 * 1024 ** 3;
/** Whatever comes slower than this, on the whole, holds up what others wait for. */
const leastBytesPerSecond = 1024;

/** Downloads one file from the address that a URL stands for, or takes what was downloaded before when the server says that it has not changed. */
export async function download(
  ctx: Ctx,
  workspace: string,
  { url, address: written }: { url: string; address: string },
  signal: AbortSignal,
): Promise<UrlContent> {
  const address = canonicalUrl(written);
  if (!/^https?:/i.test(address) || ctx.config.urlDownloads === "off") throw notReachable(url, written);
  const known = await findWhole(ctx, workspace, url);
  const etag = known?.validator ? { "if-none-match": known.validator } : undefined;
  const brokenOff = (error: unknown): unknown => {
    if (error instanceof Problem || signal.aborted) return error;
    const { message } = error as Error;
    return new Problem("unavailable", `${shownUrl(url)} could not be downloaded: ${message}.`, { cause: error });
  };
  const response = await getOutside({
    url: address,
    headers: etag,
    allowPrivate: ctx.config.urlDownloads === "any",
    setting: "--url-downloads any",
    idleMs,
    signal,
  }).catch((error: unknown) => {
    throw brokenOff(error);
  });
  try {
    if (response.statusCode === 304 && known) return { tree: known.tree, path: known.path };
    if (response.statusCode !== 200) throw notFoundThere(url, response.statusCode ?? 0);
    if (Number(response.headers["content-length"] ?? 0) > largestBytes) throw tooLarge(url);
    const stored = await putBlob(ctx, workspace, bounded(ctx.clock, arriving(response, brokenOff), url));
    const name = nameOf(address);
    const tree = await createTree(ctx, workspace, { files: [{ path: name, ...stored }] });
    await keepContent(ctx, workspace, url, { tree, path: name, validator: response.headers.etag ?? "" });
    return { tree, path: name };
  } finally {
    response.destroy();
  }
}

/** Of the file in its tree. */
function nameOf(address: string): string {
  const name = basename(decoded(new URL(address).pathname));
  return treePathSchema.safeParse(name).success ? name : "content";
}

/** What arrives; what breaks off says so, unlike a disk that is full. */
async function* arriving(
  response: AsyncIterable<Uint8Array>,
  brokenOff: (error: unknown) => unknown,
): AsyncIterable<Uint8Array> {
  const parts = response[Symbol.asyncIterator]();
  const next = () =>
    parts.next().catch((error: unknown) => {
      throw brokenOff(error);
    });
  for (let part = await next(); !part.done; part = await next()) yield part.value;
}

/** As much as may come, and as slowly. */
export async function* bounded(clock: Clock, parts: AsyncIterable<Uint8Array>, url: string): AsyncIterable<Uint8Array> {
  const begun = clock.now();
  let size = 0;
  for await (const part of parts) {
    size += part.length;
    if (size > largestBytes) throw tooLarge(url);
    const seconds = (clock.now() - begun) / 1000;
    if (seconds > idleMs / 1000 && size < seconds * leastBytesPerSecond) throw tooSlow(url, size, seconds);
    yield part;
  }
}

const tooLarge = (url: string): Problem => invalid(`${shownUrl(url)} has more than ${largestBytes} bytes.`);

const tooSlow = (url: string, size: number, seconds: number): Problem =>
  new Problem("unprocessable", `${shownUrl(url)} gave only ${size} bytes in ${Math.round(seconds)} seconds.`);

const notReachable = (url: string, address: string): Problem =>
  invalid(
    `What lies at ${shownUrl(url)}${address === url ? "" : `, which is ${shownUrl(address)},`} cannot be read from here.`,
    {
      hint: "Whoever runs the server may name a folder that holds its content: --url-folders <URL>=<folder>.",
    },
  );

function notFoundThere(url: string, status: number): Problem {
  const again = status >= 500 || status === 429;
  return new Problem(again ? "unavailable" : "invalid", `${shownUrl(url)} answered ${status}.`, {
    hint: "A folder of files cannot be listed over HTTP; --url-folders <URL>=<folder> names one that holds them.",
  });
}
