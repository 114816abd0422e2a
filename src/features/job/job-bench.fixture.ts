import { createTestApp } from "../../../test/support/app.ts";
import type { Role } from "../../contract/permissions.ts";
import type { Config } from "../../platform/config.ts";
import { createWorker } from "../agent/worker.fixture.ts";
import { createJobs, type DefinitionInput } from "./job.fixture.ts";

export type JobBench = Awaited<ReturnType<typeof startJobBench>>;

/** A server, somebody who submits jobs, and an agent that does what a test tells it. */
export async function startJobBench(options: {
  database: "sqlite" | "postgres";
  role?: Role;
  config?: Partial<Config>;
}) {
  const { database, role = "owner", config } = options;
  const app = await createTestApp({ database, loops: true, config });
  const client = await app.as(role);
  const jobs = createJobs(client);
  const worker = createWorker(await app.as("agent"), client);
  return {
    ...{ app, client, jobs, worker },
    /** A job whose only step leaves one file in its output `o`. */
    async run(body: DefinitionInput, content = "result") {
      const { id } = await jobs.submit(body);
      await worker.complete(await worker.claim(), { o: { f: content } });
      return jobs.ended(id);
    },
  };
}
