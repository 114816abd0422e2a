import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { sleep } from "../../../src/platform/clock.ts";
import { createServerProcess } from "../../support/server-process.ts";

const program = fileURLToPath(new URL("../../../bin/trainyard.js", import.meta.url));
const params = { workspace: "default" };

export interface Outcome {
  state: "ran" | "failed";
  seconds: number;
  reason?: string;
}

export interface Runner {
  home: string;
  /** Registers components, submits a job file as people do, with the command line, and waits for its end. */
  run(file: string, needed: { components: string[]; limitSeconds: number }): Promise<Outcome>;
  stop(): Promise<void>;
}

/** A server of its own, with folders for the URLs that jobs name. */
export async function createRunner(options: {
  home?: string;
  urlFolders?: string;
  /** Data assets that jobs name: `name=path`. */
  data: string[];
}): Promise<Runner> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), "trainyard-samples-")));
  const server = await createServerProcess(home);
  await server.start({ TRAINYARD_URL_FOLDERS: options.urlFolders ?? "" });
  const client = server.client();
  const cli = (...words: string[]) =>
    promisify(execFile)(process.execPath, [program, ...words], { env: { ...process.env, TRAINYARD_HOME: home } });

  for (const entry of options.data) {
    const [name = "", path = ""] = entry.split("=");
    await cli("data", "create", name, path);
  }

  return {
    home,
    async run(file, { components, limitSeconds }) {
      const began = Date.now();
      const seconds = () => Math.round((Date.now() - began) / 1000);
      let id: string;
      try {
        for (const component of components) await cli("component", "create", "-f", component);
        const { stdout } = await cli("job", "create", "-f", file, "--no-wait", "--output", "json");
        id = (JSON.parse(stdout) as { id: string }).id;
      } catch (error) {
        const said = (error as { stderr?: string }).stderr ?? String(error);
        return {
          state: "failed",
          seconds: seconds(),
          reason: `not taken: ${said.trim().split("\n").slice(0, 3).join(" ")}`,
        };
      }
      for (;;) {
        const job = await client.job.get({ params: { ...params, id } });
        if (job.state === "succeeded") return { state: "ran", seconds: seconds() };
        if (job.endedAt !== null) return { state: "failed", seconds: seconds(), reason: await reasonOf(id, job.error) };
        if (seconds() > limitSeconds) {
          await client.job.cancel({ params: { ...params, id }, body: { reason: "its time is over" } });
          const step = job.steps.find(({ state }) => state === "running" || state === "queued");
          const where = step ? ` in ${step.displayName} (${step.state})` : "";
          return { state: "failed", seconds: seconds(), reason: `not ended after ${limitSeconds} s${where}` };
        }
        await sleep(500);
      }
    },
    stop: () => server.stop(),
  };

  /** The error, and the last line that the failed step wrote. */
  async function reasonOf(id: string, error: string | null): Promise<string> {
    const { steps } = await client.job.get({ params: { ...params, id } });
    const failed = steps.find(({ state }) => state === "failed");
    if (!failed) return error ?? "failed";
    const { lines } = await client.job.logs({ params: { ...params, id, step: failed.name }, query: { limit: 10_000 } });
    const last = lines.filter(({ stream, text }) => stream !== "system" && /\w/.test(text)).at(-1)?.text ?? "";
    const said = (error ?? "failed").split("\n").at(-1);
    return `${failed.name}: ${said} ${last}`.slice(0, 400);
  }
}
