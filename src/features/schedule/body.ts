import { Problem } from "../../contract/errors.ts";
import type { ScheduleSettings } from "../../contract/schedule.ts";
import type { Ctx } from "../../platform/context.ts";
import { checkInputs } from "../pipeline/index.ts";
import { bodyInputs, fillInputs, type LateValues, valuesOfBody } from "./values.ts";

/**
 * What the body of a call says for the inputs of a schedule. Who calls learns at once what is missing, and what is no value
 * of its input; only what the inputs name is kept of the body.
 */
export async function bodyValuesOf(
  ctx: Ctx,
  workspace: string,
  { pipeline, start }: ScheduleSettings,
  body: unknown,
): Promise<LateValues | undefined> {
  const named = bodyInputs(start.inputs);
  if (Object.keys(named).length === 0) return undefined;
  const values = valuesOfBody(named, body);
  const inputs = fillInputs(named, { ...values, ...standIns(ctx) });
  try {
    await checkInputs(ctx, { workspace, name: pipeline }, { ...start, inputs }, []);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "invalid") throw error;
    throw new Problem("unprocessable", error.message, { hint: error.hint });
  }
  return values;
}

/** As long as what is known when the job starts. */
const standIns = (ctx: Ctx): LateValues => ({
  name: ctx.ids.next(),
  "creation_context.trigger_time": new Date(ctx.clock.now()).toISOString(),
});
