import type { z } from "zod";
import type { TreeFile } from "../../contract/common.ts";
import type { Conversion, conversionContract } from "../../contract/conversion.ts";
import { conflict, Problem } from "../../contract/errors.ts";
import type { ModelVersion } from "../../contract/model.ts";
import type { Ctx } from "../../platform/context.ts";
import { transaction } from "../../platform/db/transaction.ts";
import { record } from "../../platform/events/journal.ts";
import { readSmallBlob, readTree } from "../blob/index.ts";
import { submitJob } from "../job/index.ts";
import { awaitUsable, getVersion } from "../model/index.ts";
import { conversionJob } from "./definition.ts";
import { conversionEnvironment } from "./environment.ts";
import { readModelFile } from "./mlmodel.ts";
import { storeProgram } from "./program.ts";
import * as store from "./store.ts";

type Asked = z.output<typeof conversionContract.convert.body>;

/** Text files of a model that are read here; more than this is no MLmodel and no conda file. */
const largestText = 1_000_000;
/** A new version is checked first, which takes a moment. */
const checkedWithinMs = 15_000;

/** Starts the job that converts a version. What can be known beforehand is refused here, before anything is written. */
export async function convertModel(
  ctx: Ctx,
  wanted: Asked & { workspace: string; name: string; version: string },
): Promise<Conversion> {
  const { workspace, name } = wanted;
  const found = await getVersion(ctx, workspace, name, wanted.version);
  const { version } = found;
  const { flavor, condaFile } = await readModel(ctx, workspace, found, wanted.data !== undefined);
  await awaitUsable(ctx, workspace, found, { waitMs: checkedWithinMs });
  return transaction(ctx, async (tx) => {
    const id = tx.ids.next();
    const job = await submitJob(tx, {
      ...{ workspace, trigger: `conversion/${id}`, idempotencyKey: `conversion/${id}` },
      definition: conversionJob({
        ...wanted,
        ...{ model: { name, version }, flavor, condaFile },
        program: await storeProgram(tx, workspace),
      }),
    });
    await store.insertConversion(tx.db, {
      ...{ id, workspace, name, version: Number(version), target: wanted.target },
      ...{ state: "running", error: null, job_id: job.id, digest: null, report: null },
      ...{ created_at: tx.clock.now(), ended_at: null, actor_id: tx.actor.id, actor_name: tx.actor.name },
    });
    record(tx, {
      workspace,
      type: "model.conversion.created",
      subject: `model/${name}/${version}`,
      data: { conversion: id, target: wanted.target, jobId: job.id },
    });
    return store.conversionOf((await store.findConversion(tx.db, workspace, id))!);
  });
}

/** Reads text of the model's folder; nothing in it is run or unpickled here. */
async function readModel(ctx: Ctx, workspace: string, version: ModelVersion, hasData: boolean) {
  const { digest } = version;
  const called = `Model "${version.name}" version ${version.version}`;
  if (!digest) throw conflict(`${called} has no files yet.`, "Wait until its registration has ended.");
  const files = new Map((await readTree(ctx, workspace, digest)).map((file) => [file.path, file]));
  const read = async (path: string): Promise<string | null> => {
    const file = files.get(path);
    return file ? readText(ctx, workspace, file, called) : null;
  };
  if ([...files.keys()].some((path) => path.toLowerCase().endsWith(".onnx"))) {
    throw new Problem("unprocessable", `${called} is ONNX already; there is nothing to convert.`);
  }
  const text = await read("MLmodel");
  if (text === null) {
    throw new Problem("unprocessable", `${called} has no MLmodel file, so it is not known what it is.`, {
      hint: "Models that were logged with mlflow have one.",
    });
  }
  const model = readModelFile(text, called);
  if (!model.hasExample && !hasData) {
    throw new Problem("unprocessable", `${called} has no input example, and no data is named to compare the two on.`, {
      hint: "Name a data version (`--data name:version`), or log the model with input_example.",
    });
  }
  const condaFile = conversionEnvironment(
    model.flavor,
    {
      conda: await read(model.condaFile ?? "conda.yaml"),
      requirements: await read("requirements.txt"),
      pythonEnv: await read("python_env.yaml"),
    },
    called,
  );
  return { flavor: model.flavor, condaFile };
}

async function readText(ctx: Ctx, workspace: string, file: TreeFile, called: string): Promise<string> {
  if (file.size > largestText) {
    throw new Problem("unprocessable", `"${file.path}" of ${called} has ${file.size} bytes; it is not what it seems.`);
  }
  return Buffer.from(await readSmallBlob(ctx, workspace, file.digest)).toString();
}

/** Newest first. */
export async function listConversions(
  ctx: Ctx,
  workspace: string,
  name: string,
  version: string,
): Promise<Conversion[]> {
  const found = await getVersion(ctx, workspace, name, version);
  return (await store.listRows(ctx.db, { workspace, name, version: Number(found.version) })).map(store.conversionOf);
}
