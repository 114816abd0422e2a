// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { createTestApp, type databases } from "../../../test/support/app.ts";
import { scheduleSettingsSchema } from "../../contract/schedule.ts";
import { runEngine } from "../../engine/index.ts";
import { createWorker } from "../agent/worker.fixture.ts";
import { createJobs, definition, params, step } from "../job/job.fixture.ts";
import { fireDue } from "./fire.ts";
import { startQueued } from "./start.ts";
import { putSchedule } from "./write.ts";

export const hour = 3_600_000;
export const start = Date.parse("2026-03-01T00:30:00Z");
export const hourly = { type: "cron", expression: "0 * * * *" };
export const named = (name: string) => ({ ...params, name });

const day = { type: "string" as const, binding: { from: "literal" as const, value: "none" } };
/** A pipeline of one step that never is reused. */
export const daily = definition(
  {
    load: step("load ${{inputs.day}}", {
      inputs: { day: { type: "string", binding: { from: "input", input: "day" } } },
      deterministic: false,
    }),
  },
  { inputs: { day, share: { type: "number", min: 0, max: 1, binding: { from: "literal", value: 0.5 } } } },
);

/** A server whose clock stands still, with the pipeline `daily`, and a worker that does what is started. */
export async function createSchedules(database: (typeof databases)[number], options: { loops?: boolean } = {}) {
  const app = await createTestApp({ database, ...options });
  const stopping = new AbortController();
  const engine = options.loops ? undefined : runEngine(app.ctx, app.hooks, stopping.signal);
  const client = await app.as("owner");
  const worker = createWorker(await app.as("agent"), client);
  const jobs = createJobs(client);
  await client.pipeline.publish({ params, body: { name: "daily", definition: daily } });
  let now = start;
  const ctx = () => ({ ...app.ctx, clock: { ...app.ctx.clock, now: () => now } });
  const world = {
    ...{ app, client, worker, jobs, ctx },
    setClock(at: number) {
      now = at;
    },
    /** Lets time pass up to a moment, as a server that looks then. */
    async look(at: number) {
      now = at;
      await fireDue(ctx());
      await startQueued(ctx());
    },
    /** A schedule that was made at `start`. */
    async schedule(name: string, settings: object) {
      now = start;
      const parsed = scheduleSettingsSchema.parse({ pipeline: "daily", ...settings });
      await putSchedule(ctx(), { workspace: "default", name }, parsed);
    },
    /** The newest first. */
    firings: async (name: string) => (await client.schedule.get({ params: named(name) })).firings,
    /** The states of what a schedule noted, the oldest first. */
    states: async (name: string) => (await world.firings(name)).map(({ state }) => state).toReversed(),
    /** Does the only step of the next job. */
    finish: async () => worker.complete(await worker.claim()),
    /** Waits until no job of a schedule runs. */
    async jobEnds(name: string) {
      for (const { jobId } of await world.firings(name)) if (jobId) await jobs.ended(jobId);
    },
    async stop() {
      stopping.abort();
      await engine;
      await app.stop();
    },
  };
  return world;
}

export type Schedules = Awaited<ReturnType<typeof createSchedules>>;
