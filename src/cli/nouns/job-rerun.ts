import { invalid } from "../../contract/errors.ts";
import { type Connection, connect } from "../connection.ts";
import { debugPort, defaultDebugPort } from "../debug-flag.ts";
import { readJobFile } from "../job-file.ts";
import { printFacts, state, time } from "../output.ts";
import { type Command, globalOptions, withExamples } from "../program.ts";
import { takeSnapshot } from "../snapshot.ts";
import { addFollowing, type Following, followSubmitted } from "./job-follow.ts";

interface Changing {
  file?: string;
  set?: string[];
}

const addChanging = (command: Command): Command =>
  command
    .option("-f, --file <path>", "the job with its mistake mended: what runs, runs as this file says")
    .option("--set <path=value...>", "with -f: set a value over the file's");

/** `trainyard job resume|rerun|archive|delete|restore`. */
export function addRerun(noun: Command, readSet: (pairs?: string[]) => Record<string, string>): void {
  const changedBy = async (connection: Connection, { file, set }: Changing) => {
    if (file !== undefined)
      return { ...(await readJobFile(connection, file, readSet(set))), code: await takeSnapshot(file) };
    if (set) throw invalid("--set changes what a file says: give the file with -f.");
    return undefined;
  };
  const resume = noun
    .command("resume <id>")
    .description("go on with a failed or cancelled job as a new one; what has ended well is taken over");
  addFollowing(addChanging(resume)).action(async (id: string, flags: Following & Changing, command: Command) => {
    const connection = connect(globalOptions(command));
    const body = { changed: await changedBy(connection, flags) };
    const job = await connection.client.job.resume({ params: { ...connection.params, id }, body });
    await followSubmitted(connection, globalOptions(command), job, flags);
  });
  withExamples(resume, "trainyard job resume 01KAJ…", "trainyard job resume 01KAJ… -f pipelines/train.yml");
  const rerun = noun
    .command("rerun <id>")
    .description("run a job again as a new one: all of it, from a step on, or one step alone")
    .option("--reuse", "of the whole job: take the results that are there already")
    .option("--from <step>", "run this step and all that need it; take the results of the others over")
    .option("--only <step>", "run this step alone, with the inputs that it had; it registers nothing")
    .option("--item <number>", "with --only STEP: of a sweep or a loop, the trial or item of this number alone")
    .option("--debug [port]", `with --only: wait at the first line for a debugger (port ${defaultDebugPort})`);
  addFollowing(addChanging(rerun)).action(
    async (
      id: string,
      flags: Following &
        Changing & { reuse?: true; from?: string; only?: string; item?: string; debug?: true | string },
      command: Command,
    ) => {
      const connection = connect(globalOptions(command));
      const { reuse, from, only } = flags;
      const changed = await changedBy(connection, flags);
      const body = {
        changed,
        reuse,
        from,
        only,
        item: itemOf(flags.item),
        debug: flags.debug === undefined ? undefined : { port: debugPort(flags.debug) },
      };
      const job = await connection.client.job.rerun({ params: { ...connection.params, id }, body });
      // Who attaches a debugger wants to read how, and what it prints.
      await followSubmitted(connection, globalOptions(command), job, {
        ...flags,
        stream: flags.stream || body.debug !== undefined,
      });
    },
  );
  withExamples(
    rerun,
    "trainyard job rerun 01KAJ… --from train",
    "trainyard job rerun 01KAJ… --from train -f pipelines/train.yml",
    "trainyard job rerun 01KAJ… --only train --debug",
    "trainyard job rerun 01KAJ… --only each_region --item 2",
  );
  for (const [verb, text] of [
    ["archive", "leave a job out of lists"],
    ["delete", "hide a job that has ended until it is restored, or `trainyard gc` purges it"],
    ["restore", "bring a deleted or archived job back"],
  ] as const) {
    noun
      .command(`${verb} <id>`)
      .description(text)
      .action(async (id: string, _, command: Command) => {
        const options = globalOptions(command);
        const { client, params } = connect(options);
        const job = await client.job[verb]({ params: { ...params, id } });
        printFacts(options, job, [
          ["job", job.id],
          ["state", state(job.state)],
          ["archived", job.archived ? "yes" : "no"],
          ["deleted", job.deletedAt && time(job.deletedAt)],
        ]);
      });
  }
}

function itemOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw invalid(`--item takes the number of a trial or an item, not "${given}".`);
}
