import { Problem } from "../../contract/errors.ts";
import type { FilePreview } from "../../contract/file-preview.ts";
import type { Ctx } from "../../platform/context.ts";
import { mlmodelOf } from "../../platform/model-file/index.ts";
import { headOfParquet, withFiles } from "../../platform/table/index.ts";
import { turnsFor } from "../../platform/turns.ts";
import { readSmallBlob, requireBlob } from "./service.ts";

const largestTable = 256 * 1024 * 1024;
const largestDescription = 1024 * 1024;
const shown = { rows: 200, columns: 100, characters: 500 };

/** Each reads in a process of its own, and people click quickly. */
const turn = turnsFor(2);

interface NamedBlob {
  digest: string;
  path: string;
}

/** What a file holds that a browser could not read itself: the first rows of a table, a model's signature. */
export async function previewFile(ctx: Ctx, workspace: string, file: NamedBlob): Promise<FilePreview> {
  const size = await requireBlob(ctx, workspace, file.digest);
  if (/\.parquet$/i.test(file.path)) return previewTable(ctx, file, size);
  if (/(^|\/)MLmodel$/.test(file.path)) return previewModel(ctx, workspace, file, size);
  throw new Problem("unsupported", `There is no preview of "${file.path}".`, {
    hint: "There are previews of Parquet files and of MLmodel files. Download it instead.",
  });
}

async function previewTable(ctx: Ctx, { digest, path: name }: NamedBlob, size: number): Promise<FilePreview> {
  if (size > largestTable) throw tooLarge(name);
  const head = await turn(() =>
    withFiles(ctx, [[digest]], undefined, ([path]) => headOfParquet({ file: { path: path!, name }, ...shown })),
  );
  return { kind: "table", ...head };
}

async function previewModel(
  ctx: Ctx,
  workspace: string,
  { digest, path }: NamedBlob,
  size: number,
): Promise<FilePreview> {
  if (size > largestDescription) throw tooLarge(path);
  const text = Buffer.from(await readSmallBlob(ctx, workspace, digest)).toString();
  return { kind: "model", ...mlmodelOf(text, path) };
}

const tooLarge = (path: string) =>
  new Problem("too_large", `"${path}" is too large to be shown here.`, { hint: "Download it instead." });
