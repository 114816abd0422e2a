import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { JobDetail } from "../../contract/job.ts";
import { createJobWatch } from "../../contract/job-watch.ts";
import { openBlobCache } from "../../platform/transfer/cache.ts";
import { downloadTree } from "../../platform/transfer/download.ts";
import { type Connection, connect } from "../connection.ts";
import { chosenOutputs, type OutputChoice } from "../job-outputs.ts";
import { print, printData } from "../output.ts";
import { type Command, globalOptions, withExamples } from "../program.ts";

interface Flags extends OutputChoice {
  downloadPath: string;
}

/** `trainyard job download`: logs and outputs as files. */
export function addDownload(noun: Command): void {
  const command = noun
    .command("download <id>")
    .description("the outputs of a job and the logs of its steps, as files")
    .option("--output-name <name>", "only this output of the job, or of the step")
    .option("--step <name>", "only the outputs of this step")
    .option("--all", "the outputs of every step, too")
    .option("-p, --download-path <folder>", "where to", ".")
    .action(async (id: string, flags: Flags, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const params = { ...connection.params, id };
      const job = await connection.client.job.get({ params });
      const whole = { ...params, id: job.id };
      if (job.omitted.steps > 0) job.steps = (await createJobWatch(connection.client, whole).look()).steps;
      const { root, written } = await downloadOutputs(connection, job, flags);
      if (options.output !== "table") return printData(options, written);
      print(`${written.length} files in ${root}`);
    });
  withExamples(
    command,
    "trainyard job download 01KAJ… --output-name model -p out",
    "trainyard job download 01KAJ… --step train --output-name model",
    "trainyard job download 01KAJ… --all",
  );
}

/** Writes outputs and logs below a folder of the job's name. */
export async function downloadOutputs(connection: Connection, job: JobDetail, flags: Flags) {
  const wanted = chosenOutputs(job, flags);
  const root = resolve(flags.downloadPath, job.name);
  const written: string[] = [];
  const cache = openBlobCache(await mkdtemp(join(tmpdir(), "trainyard-download-")));
  try {
    for (const { place, tree } of wanted) {
      const folder = join(root, place);
      const options = { folder, cache, writable: true };
      const paths = await downloadTree(connection, tree, options);
      written.push(...paths.map((path) => join(folder, path)));
    }
  } finally {
    await rm(cache.folder, { recursive: true, force: true });
  }
  if (flags.outputName === undefined && flags.step === undefined)
    written.push(...(await writeLogs(connection, job, join(root, "logs"))));
  return { root, written };
}

async function writeLogs({ client, params }: Connection, job: JobDetail, folder: string): Promise<string[]> {
  const written: string[] = [];
  for (const step of job.steps) {
    const lines: string[] = [];
    for (let offset = 0; ; ) {
      const page = await client.job.logs({
        params: { ...params, id: job.id, step: step.name },
        query: { offset, limit: 10_000 },
      });
      lines.push(...page.lines.map(({ text }) => text));
      if (page.ended || page.lines.length === 0) break;
      offset = page.next;
    }
    if (lines.length === 0) continue;
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${step.name}.txt`), `${lines.join("\n")}\n`);
    written.push(join(folder, `${step.name}.txt`));
  }
  return written;
}
