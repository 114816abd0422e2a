import type { ArtifactPreview } from "../../contract/artifact-preview.ts";
import { notFound, Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { mlmodelOf } from "../../platform/model-file/index.ts";
import { headOfParquet, withFiles } from "../../platform/table/index.ts";
import { turnsFor } from "../../platform/turns.ts";
import { readSmallBlob } from "../blob/index.ts";
import { artifactPath } from "./artifact.ts";
import { requireRun } from "./run.ts";
import * as store from "./run-store.ts";

const largestTable = 256 * 1024 * 1024;
const largestDescription = 1024 * 1024;
const shown = { rows: 200, columns: 100, characters: 500 };

/** Each reads in a process of its own, and people click quickly. */
const turn = turnsFor(2);

/** What a file of a run holds that a browser could not read itself: the first rows of a table, a model's signature. */
export async function previewArtifact(
  ctx: Ctx,
  workspace: string,
  runId: string,
  path: string,
): Promise<ArtifactPreview> {
  await requireRun(ctx, workspace, runId);
  const file = await store.findArtifact(ctx.db, runId, artifactPath(path));
  if (!file) throw notFound("artifact", path, `Look at the list of artifacts of ${runId}.`);
  if (/\.parquet$/i.test(path)) return previewTable(ctx, file);
  if (/(^|\/)MLmodel$/.test(path)) return previewModel(ctx, workspace, file);
  throw new Problem("unsupported", `There is no preview of "${path}".`, {
    hint: "There are previews of Parquet files and of MLmodel files. Download it instead.",
  });
}

interface StoredFile {
  path: string;
  digest: string;
  size: number;
}

async function previewTable(ctx: Ctx, file: StoredFile): Promise<ArtifactPreview> {
  if (file.size > largestTable) throw tooLarge(file);
  const head = await turn(() =>
    withFiles(ctx, [[file.digest]], undefined, ([path]) =>
      headOfParquet({ file: { path: path!, name: file.path }, ...shown }),
    ),
  );
  return { kind: "table", ...head };
}

async function previewModel(ctx: Ctx, workspace: string, file: StoredFile): Promise<ArtifactPreview> {
  if (file.size > largestDescription) throw tooLarge(file);
  const text = Buffer.from(await readSmallBlob(ctx, workspace, file.digest)).toString();
  return { kind: "model", ...mlmodelOf(text, file.path) };
}

const tooLarge = ({ path }: StoredFile) =>
  new Problem("too_large", `"${path}" is too large to be shown here.`, { hint: "Download it instead." });
