import { mkdirSync } from "node:fs";
import { join } from "node:path";
import pc from "picocolors";
import { invalid } from "../../contract/errors.ts";
import { readConfig } from "../../platform/config.ts";
import { findRunningServer } from "../../server/home.ts";
import { type Connection, connect, type GlobalOptions } from "../connection.ts";
import { debugOf, defaultDebugPort } from "../debug-flag.ts";
import { requireSuccess, streamJob } from "../follow.ts";
import { readJobFile } from "../job-file.ts";
import { duration, print, state } from "../output.ts";
import { type Command, globalOptions, withExamples } from "../program.ts";
import { takeSnapshot } from "../snapshot.ts";
import { downloadOutputs } from "./job-download.ts";

interface Flags {
  file: string;
  set: Record<string, string>;
  sample?: string;
  debug?: string;
  downloadPath?: string;
}

/** `trainyard job run-local`: the whole pipeline on this machine, now, whether a server runs or not. */
export function addRunLocal(noun: Command, readSet: (pairs: string[] | undefined) => Record<string, string>): void {
  const command = noun
    .command("run-local")
    .description("run a whole job on this machine, without a server if none runs; registers nothing with --sample")
    .requiredOption("-f, --file <path>", "the job's YAML or TypeScript file")
    .option("--set <path=value...>", "set a value over the file's: inputs.alpha=0.1")
    .option("--debug <step[:port]>", `let a step wait at its first line for a debugger (port ${defaultDebugPort})`)
    .option("--sample [rows]", "cut the tables among the inputs to their first rows (100)")
    .option("-p, --download-path <folder>", "where to put the outputs of the job")
    .action(
      async (
        flags: { file: string; set?: string[]; sample?: true | string; debug?: string; downloadPath?: string },
        command: Command,
      ) => {
        const wanted = { ...flags, set: readSet(flags.set), sample: flags.sample === true ? "100" : flags.sample };
        await withLocalServer(globalOptions(command), (connection) => runLocal(connection, wanted));
      },
    );
  withExamples(
    command,
    "trainyard job run-local -f pipeline.yml --sample",
    "trainyard job run-local -f pipeline.yml --sample 1000 -p out",
    "trainyard job run-local -f pipeline.yml --sample --debug train",
  );
}

async function runLocal(connection: Connection, { file, set, sample, debug, downloadPath }: Flags): Promise<void> {
  const rows = sample === undefined ? undefined : Number(sample);
  if (rows !== undefined && !(Number.isInteger(rows) && rows > 0)) {
    throw invalid(`--sample takes a number of rows, not "${sample}".`);
  }
  const code = await takeSnapshot(file);
  const sampled = rows === undefined ? {} : { sample: { rows } };
  const body = { ...(await readJobFile(connection, file, set)), ...sampled, debug: debugOf(debug), code };
  const job = await connection.client.job.create({ params: connection.params, body });
  print(pc.bold(job.displayName) + pc.dim(rows === undefined ? "" : `  the first ${rows} rows of each table`));
  const ended = await streamJob(connection, job.id);
  if (downloadPath !== undefined && ended.state === "succeeded") {
    const { root, written } = await downloadOutputs(connection, ended, { downloadPath });
    print(`${written.length} files in ${root}`);
  }
  requireSuccess(ended);
  print(`${state(ended.state)}  ${duration(ended.createdAt, ended.endedAt)}`);
}

/** The server of the home folder, or one that lives as long as the work; its home is kept for what it has built. */
async function withLocalServer(options: GlobalOptions, work: (connection: Connection) => Promise<void>): Promise<void> {
  const { home } = readConfig({ home: options.home });
  if (options.url || process.env.TRAINYARD_URL || (await findRunningServer(home))) return work(connect(options));
  const own = join(home, "run-local");
  mkdirSync(own, { recursive: true, mode: 0o700 });
  print(pc.dim(`No server runs; starting one in ${own} for this run.`));
  // Loaded on demand: most commands need no server inside.
  const { startServer } = await import("../../server/start.ts");
  const server = await startServer(readConfig({ home: own, port: 0, logLevel: "error" }, {}));
  const stop = () => void server.stop().finally(() => process.exit(130));
  process.once("SIGINT", stop);
  try {
    await work(connect({ ...options, home: own, workspace: "default" }));
  } finally {
    process.off("SIGINT", stop);
    await server.stop();
    print(pc.dim(`What it did is kept: \`trainyard up --home ${own}\` shows it.`));
  }
}
