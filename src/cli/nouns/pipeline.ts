import type { PublishedPipeline } from "../../contract/pipeline.ts";
import { connect } from "../connection.ts";
import { followJob, requireSuccess } from "../follow.ts";
import { readJobFile } from "../job-file.ts";
import { duration, print, printFacts, printList, shortDigest, state, time } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";
import { takeSnapshot } from "../snapshot.ts";
import { readSet } from "./job.ts";

/** `1a2b3c4d on main`, with a `+` when files differed from the commit. */
const commitText = ({ commit, branch, dirty }: NonNullable<PublishedPipeline["code"]>): string =>
  `${commit.slice(0, 8)}${dirty ? "+" : ""}${branch ? ` on ${branch}` : ""}`;

export function addPipeline(program: Command): void {
  const noun = addNoun(program, "pipeline", "published pipelines: versioned, started by name");
  addPublish(noun);
  addLook(noun);
  addStart(noun);
  noun
    .command("withdraw <name> <version>")
    .description("let a version not be started any more")
    .requiredOption("--reason <text>", "why; an empty text takes it back")
    .action(async (name: string, version: string, flags: { reason: string }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const at = { ...params, name, version: Number(version) };
      printPipeline(options, await client.pipeline.withdraw({ params: at, body: flags }));
    });
}

function addPublish(noun: Command): void {
  const publish = noun
    .command("publish <name>")
    .description("publish a pipeline as the next version; the same again gives the version that there is")
    .requiredOption("-f, --file <path>", "the pipeline's YAML or TypeScript file")
    .option("--description <text>", "what it is for", "")
    .action(async (name: string, flags: { file: string; description: string }, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const read = await readJobFile(connection, flags.file, {});
      const code = await takeSnapshot(flags.file);
      const body = { name, description: flags.description, ...read, code };
      printPipeline(options, await connection.client.pipeline.publish({ params: connection.params, body }));
    });
  withExamples(publish, "trainyard pipeline publish retrain -f pipelines/train.yml");
}

function printPipeline(options: ReturnType<typeof globalOptions>, pipeline: PublishedPipeline): void {
  printFacts(options, pipeline, [
    ["pipeline", pipeline.name],
    ["version", String(pipeline.version)],
    ["digest", shortDigest(pipeline.digest)],
    ["steps", String(pipeline.steps)],
    ["inputs", Object.keys(pipeline.inputs).join(", ")],
    ["code", pipeline.code && commitText(pipeline.code)],
    ["withdrawn", pipeline.withdrawn],
  ]);
}

function addLook(noun: Command): void {
  const columns = [
    { title: "pipeline", of: (one: PublishedPipeline) => one.name },
    { title: "version", of: (one: PublishedPipeline) => String(one.version) },
    { title: "steps", of: (one: PublishedPipeline) => String(one.steps) },
    { title: "inputs", of: (one: PublishedPipeline) => Object.keys(one.inputs).join(", ") },
    { title: "code", of: ({ code }: PublishedPipeline) => code && commitText(code) },
    { title: "by", of: (one: PublishedPipeline) => one.createdBy.name },
    { title: "published", of: (one: PublishedPipeline) => time(one.createdAt) },
    { title: "withdrawn", of: (one: PublishedPipeline) => one.withdrawn },
  ];
  noun
    .command("list")
    .description("published pipelines, the newest version of each")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.pipeline.list({ params });
      printList(options, items, columns, "No pipeline yet. Publish one: `trainyard pipeline publish NAME -f FILE`.");
    });
  noun
    .command("show <name>")
    .description("the versions of a pipeline")
    .action(async (name: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.pipeline.versions({ params: { ...params, name } });
      printList(options, items, columns, "");
    });
}

function addStart(noun: Command): void {
  const start = noun
    .command("start <name>")
    .description("start a published pipeline and follow it")
    .option("--version <n>", "which version; the newest that is not withdrawn without it")
    .option("--set <name=value...>", "values for its inputs: alpha=0.1, rows=diabetes:3")
    .option("--experiment <name>", "experiment of its runs")
    .option("--force-rerun", "run everything, whatever there is to be reused")
    .option("--no-wait", "return at once")
    .action(async (name: string, flags: StartFlags, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const job = await connection.client.pipeline.start({
        params: { ...connection.params, name },
        body: {
          ...(flags.version === undefined ? {} : { version: Number(flags.version) }),
          ...(flags.experiment === undefined ? {} : { experiment: flags.experiment }),
          ...(flags.forceRerun ? { forceRerun: true } : {}),
          inputs: readInputs(flags.set),
        },
      });
      if (!flags.wait || options.output !== "table")
        return printFacts(options, job, [
          ["job", job.id],
          ["state", state(job.state)],
        ]);
      print(`${job.displayName}  job ${job.id}  ${connection.url}/jobs/${job.id}`);
      const ended = requireSuccess(await followJob(connection, job.id));
      print(`${state(ended.state)}  ${duration(ended.createdAt, ended.endedAt)}  ${ended.registered.join(", ")}`);
    });
  withExamples(
    start,
    "trainyard pipeline start retrain --set alpha=0.5",
    "trainyard pipeline start retrain --version 2",
  );
}

interface StartFlags {
  version?: string;
  set?: string[];
  experiment?: string;
  forceRerun?: boolean;
  wait: boolean;
}

/** `alpha=0.1`, or `inputs.alpha=0.1` as elsewhere. */
export const readInputs = (set: string[] | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(readSet(set)).map(([name, value]) => [name.replace(/^inputs\./, ""), value]));
