import { conflict, Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import type { ConversionTable } from "./schema.ts";
import * as store from "./store.ts";

interface Version {
  workspace: string;
  name: string;
  version: string;
}

/** The tree of the newest conversion of a version that passed; undefined when there is none. */
export async function passedConversion(ctx: Ctx, model: Version): Promise<string | undefined> {
  return treesOf(await rowsOf(ctx, model))[0];
}

/** The conversion to serve: the newest that passed, or, when it was approved, that one and no other. */
export async function servedConversion(ctx: Ctx, model: Version, approved?: string | null): Promise<string> {
  const rows = await rowsOf(ctx, model);
  const trees = treesOf(rows);
  const tree = approved === undefined ? trees[0] : trees.find((candidate) => candidate === approved);
  if (tree !== undefined) return tree;
  throw trees.length > 0 ? notApproved(model) : nothingToServe(model, rows[0]);
}

const rowsOf = (ctx: Ctx, { workspace, name, version }: Version): Promise<ConversionTable[]> =>
  store.listRows(ctx.db, { workspace, name, version: Number(version) });

const treesOf = (rows: ConversionTable[]): string[] =>
  rows.flatMap(({ state, digest }) => (state === "passed" && digest !== null ? [digest] : []));

const notApproved = ({ name, version }: Version): Problem =>
  conflict(
    `Model "${name}" version ${version} has a conversion to ONNX that the release does not contain.`,
    "Make a new release of the build.",
  );

function nothingToServe({ name, version }: Version, newest: ConversionTable | undefined): Problem {
  const called = `Model "${name}" version ${version}`;
  if (newest?.state === "running") {
    return conflict(`${called} is being converted to ONNX.`, `Wait until job ${newest.job_id} has ended.`);
  }
  const why = newest?.state === "failed" ? `and its conversion failed: ${newest.error}` : "and no conversion to ONNX.";
  return new Problem("unprocessable", `${called} has no .onnx file, ${why}`, {
    hint: `Endpoints serve ONNX. Convert it with \`trainyard model convert ${name}:${version} --to onnx\`, or register an ONNX file.`,
  });
}
