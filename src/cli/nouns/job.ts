import pc from "picocolors";
import { invalid } from "../../contract/errors.ts";
import { commandsOf, type Job, type JobDefinition, jobStates, type StepView } from "../../contract/job.ts";
import { type Connection, connect } from "../connection.ts";
import { Unsuccessful } from "../failure.ts";
import { followLog, jobIdOf, requireSuccess, streamJob } from "../follow.ts";
import { type JobBody, readJobFile } from "../job-file.ts";
import { duration, print, printData, printFacts, printList, state, tagsText, time } from "../output.ts";
import { addNoun, type Command, globalOptions, Option, withExamples } from "../program.ts";
import { describeSnapshot, takeSnapshot } from "../snapshot.ts";
import { forTerminal } from "../terminal.ts";
import { addChildren } from "./job-children.ts";
import { addDownload } from "./job-download.ts";
import { addExplain } from "./job-explain.ts";
import { addFollowing, type Following, followSubmitted } from "./job-follow.ts";
import { addDecisions } from "./job-gate.ts";
import { addRunLocal } from "./job-local.ts";
import { addRerun } from "./job-rerun.ts";
import { addUpdate } from "./job-update.ts";
import { usageOf } from "./job-usage.ts";

export function addJob(program: Command): void {
  const noun = addNoun(program, "job", "commands and pipelines, in Azure ML v2 YAML or TypeScript");
  addCreate(noun);
  addValidate(noun);
  addLook(noun);
  addChildren(noun);
  addDecisions(noun);
  addExplain(noun);
  addRerun(noun, readSet);
  addUpdate(noun, readSet);
  addDownload(noun);
  addRunLocal(noun, readSet);
  noun
    .command("cancel <id>")
    .description("stop a job and every process of it")
    .option("--reason <text>", "why", "")
    .action(async (id: string, flags: { reason: string }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const job = await client.job.cancel({ params: { ...params, id }, body: flags });
      printFacts(options, job, [
        ["job", job.id],
        ["state", state(job.state)],
      ]);
    });
}

function addCreate(noun: Command): void {
  const create = noun
    .command("create")
    .description("submit a job and follow it")
    .requiredOption("-f, --file <path>", "the job's YAML or TypeScript file")
    .option("--set <path=value...>", "set a value over the file's: inputs.alpha=0.1")
    .option("--name <name>", "name of the job")
    .option("--priority <number>", "-100 to 100: in its workspace, a job with a higher one goes first");
  addFollowing(create).action(
    async (flags: Following & Naming & { file: string; set?: string[] }, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const code = await takeSnapshot(flags.file);
      const body = { ...named(await readJobFile(connection, flags.file, readSet(flags.set)), flags), code };
      const job = await connection.client.job.create({ params: connection.params, body });
      await followSubmitted(connection, options, job, flags);
    },
  );
  withExamples(
    create,
    "trainyard job create -f pipelines/train.yml",
    "trainyard job create -f pipelines/train.ts",
    "trainyard job create -f pipelines/train.yml --set inputs.alpha=0.5 --no-wait",
    "trainyard job create -f pipelines/train.yml --stream",
  );
}

interface Naming {
  name?: string;
  priority?: string;
}

/** What is said on the command line counts over what the file says. */
function named(body: JobBody, { name, priority }: Naming): JobBody {
  if ("source" in body) {
    const said = { ...(name === undefined ? {} : { name }), ...(priority === undefined ? {} : { priority }) };
    return { source: { ...body.source, set: { ...body.source.set, ...said } } };
  }
  const said = {
    ...(name === undefined ? {} : { name }),
    ...(priority === undefined ? {} : { priority: Number(priority) }),
  };
  return { definition: { ...body.definition, ...said } };
}

/** `["inputs.alpha=0.1"]` → `{ "inputs.alpha": "0.1" }` */
export function readSet(pairs: string[] = []): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1)
        throw invalid(`--set takes path=value, not "${pair}".`, { hint: "For example --set inputs.alpha=0.1" });
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function addValidate(noun: Command): void {
  noun
    .command("validate")
    .description("check a job, or any other file of the language, without running anything")
    .requiredOption("-f, --file <path>", "the job's YAML or TypeScript file")
    .option("--set <path=value...>", "set a value over the file's")
    .action(async (flags: { file: string; set?: string[] }, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const read = await readJobFile(connection, flags.file, readSet(flags.set));
      const body = "source" in read ? read.source : read;
      const result = await connection.client.job.validate({ params: connection.params, body });
      if (options.output !== "table") printData(options, result);
      for (const issue of options.output === "table" ? result.issues : []) {
        print(`${pc.bold(issue.at)}  ${issue.message}${issue.hint ? pc.dim(`  ${issue.hint}`) : ""}`);
      }
      for (const { at, message } of options.output === "table" ? result.warnings : [])
        print(`${pc.dim(at)}  ${pc.yellow("warning")} ${message}`);
      if (!result.valid) throw new Unsuccessful(`${flags.file} is not valid.`);
      if (options.output === "table") print(`${pc.green("✓")} ${flags.file} is ${result.kind}, and valid.`);
    });
}

/** `https://example.org/code.git at 1a2b3c4d, folder train`, of the steps whose code did not come with the job. */
const originsOf = (definition: JobDefinition): string[] => {
  const texts = commandsOf(definition).flatMap(({ command: { codeOrigin } }) => {
    if (!codeOrigin) return [];
    const { url, commit, folder } = codeOrigin;
    return [`${url}${commit ? ` at ${commit.slice(0, 8)}` : ""}${folder ? `, folder ${folder}` : ""}`];
  });
  return [...new Set(texts)];
};

/** `you, at review` */
const waitsFor = ({ waiting }: Job): string =>
  waiting.map(({ step, you }) => `${you ? "you" : "others"}, at ${step}`).join("; ");

/** `train, attempt 1 (run 4f…): server/1 was stopped` */
const earlierOf = ({ name, earlierAttempts }: StepView): string[] =>
  earlierAttempts.map(({ attempt, runId, error }) => `${name}, attempt ${attempt} (run ${runId}): ${error}`);

interface ListFlags {
  limit: string;
  state?: Job["state"];
  experiment?: string;
  name?: string;
  tag?: string[];
  after?: string;
  waiting?: true;
  includeArchived?: true;
  archivedOnly?: true;
  deletedOnly?: true;
}

function addLook(noun: Command): void {
  noun
    .command("list")
    .description("list jobs, newest first")
    .option("--limit <n>", "how many", "20")
    .option("--after <id>", "the next page, as the page before it says")
    .addOption(new Option("--state <state>", "only jobs in this state").choices(jobStates))
    .option("--experiment <name>", "only jobs of this experiment")
    .option("--name <text>", "only jobs with this in their name")
    .option("--tag <key=value...>", "only jobs with this tag, or with a tag of this key; with all of several")
    .option("--waiting", "only jobs that wait for people at a gate")
    .option("--include-archived", "archived jobs too")
    .option("--archived-only", "only archived jobs")
    .option("--deleted-only", "only deleted jobs")
    .action(async (flags: ListFlags, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const archived = flags.archivedOnly ? "only" : flags.includeArchived ? "include" : undefined;
      const { state: inState, experiment, name, tag, after } = flags;
      const filter = {
        state: inState,
        experiment,
        name,
        tag,
        waiting: flags.waiting ? "true" : undefined,
        archived,
        deleted: flags.deletedOnly && ("only" as const),
      } as const;
      const query = { ...filter, after, limit: Number(flags.limit) };
      const { items, next } = await client.job.list({ params, query });
      printList(
        options,
        items,
        [
          { title: "id", of: (job) => job.id },
          { title: "state", of: (job) => state(job.state) },
          { title: "name", of: (job) => job.displayName },
          { title: "waits for", of: (job) => waitsFor(job) },
          { title: "experiment", of: (job) => job.experiment },
          { title: "trigger", of: (job) => job.trigger },
          { title: "created", of: (job) => time(job.createdAt) },
          ...(flags.deletedOnly
            ? [{ title: "deleted", of: ({ deletedAt }: Job) => deletedAt && time(deletedAt) }]
            : []),
          { title: "took", of: (job) => duration(job.startedAt, job.endedAt) },
        ],
        Object.values({ ...filter, after }).some((wanted) => wanted !== undefined)
          ? "No job is like that."
          : "No job yet. Submit one with `trainyard job create -f FILE`.",
      );
      if (next) process.stderr.write(`There are more: --after ${next}\n`);
    });
  noun
    .command("show <id>")
    .description("a job with its steps")
    .option("--diff", "print how its code differed from the commit")
    .action(async (id: string, flags: { diff?: true }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const job = await client.job.get({ params: { ...params, id } });
      if (flags.diff) {
        const diff = job.code?.diff ?? "";
        return void process.stdout.write(process.stdout.isTTY ? forTerminal(diff) : diff);
      }
      printFacts(options, job, [
        ["job", job.displayName],
        ["id", job.id],
        ["name", job.name === job.id ? null : job.name],
        ["description", job.description],
        ["tags", tagsText(job.tags)],
        ["state", state(job.state)],
        ["error", job.error],
        ["waits for", waitsFor(job)],
        ["started by", `${job.createdBy.name} (${job.trigger})`],
        [
          "goes on with",
          job.origin && `${job.origin.jobId} (${[job.origin.relation, job.origin.step].filter(Boolean).join(" ")})`,
        ],
        ["run again as", job.related.map(({ id, relation, state }) => `${id} (${relation}, ${state})`).join(", ")],
        ["code", job.code && describeSnapshot(job.code)],
        ["code of steps", originsOf(job.definition).join(", ")],
        ["registered", job.registered.join(", ")],
        ["not shown", job.omitted.steps > 0 ? `${job.omitted.steps} more steps; Studio shows all` : null],
      ]);
      if (options.output !== "table") return;
      for (const step of job.steps) for (const line of earlierOf(step)) print(line);
      const used = await usageOf(client, params, job.steps);
      print("");
      printList(
        options,
        job.steps,
        [
          { title: "step", of: (step) => step.name },
          { title: "state", of: (step) => state(step.state) },
          { title: "took", of: (step) => duration(step.startedAt, step.endedAt) },
          { title: "jobs", of: ({ children }) => children && `${children.succeeded} of ${children.total} succeeded` },
          { title: "reuse", of: (step) => step.reuse && `${step.reuse.status}: ${step.reuse.reason}` },
          { title: "compute", of: (step) => step.compute },
          { title: "used", of: (step) => used.get(step.name) },
          { title: "why", of: (step) => step.waitsFor ?? step.error?.split("\n")[0] },
        ],
        "",
      );
    });
  const logs = noun
    .command("logs <id> [step]")
    .description("the log of a step, live; of the only one when the job has no other")
    .option("--tail <n>", "begin with its last lines, so many")
    .action(async (id: string, step: string | undefined, flags: { tail?: string }, command: Command) => {
      const tail = flags.tail === undefined ? undefined : Number(flags.tail);
      if (tail !== undefined && !(Number.isInteger(tail) && tail > 0)) {
        throw invalid(`--tail takes a number of lines, not "${flags.tail}".`);
      }
      const connection = connect(globalOptions(command));
      const job = await jobIdOf(connection, id);
      await followLog(connection, job, step ?? (await onlyStep(connection, job)), tail);
    });
  withExamples(logs, "trainyard job logs 01KAJ… train", "trainyard job logs 01KAJ… train --tail 100");
  noun
    .command("stream <id>")
    .description("the logs of all steps, live, until the job has ended; fails when the job did")
    .action(async (id: string, _, command: Command) => {
      const connection = connect(globalOptions(command));
      requireSuccess(await streamJob(connection, await jobIdOf(connection, id)));
    });
}

async function onlyStep({ client, params }: Connection, id: string): Promise<string> {
  const { definition } = await client.job.get({ params: { ...params, id } });
  const names = Object.keys(definition.steps);
  if (names.length === 1) return names[0]!;
  const some = names.slice(0, 20).join(", ");
  throw invalid(`The job has ${names.length} steps; name one of them.`, {
    hint: `They are ${some}${names.length > 20 ? ", …" : ""}. \`trainyard job stream ${id}\` shows the logs of all.`,
  });
}
