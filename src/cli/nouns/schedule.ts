import { invalid } from "../../contract/errors.ts";
import type { Firing, Schedule, ScheduleSettings } from "../../contract/schedule.ts";
import type { Trigger } from "../../contract/trigger.ts";
import { readAssetFile } from "../asset-file.ts";
import { connect, type GlobalOptions } from "../connection.ts";
import { print, printFacts, printList, state, time } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";
import { readInputs } from "./pipeline.ts";

export function addSchedule(program: Command): void {
  const noun = addNoun(program, "schedule", "pipelines started by the clock, by new data, by a call");
  addLook(noun);
  addCreate(noun);
  addSwitches(noun);
  addFire(noun);
}

/** `cron 0 6 * * 1-5 Europe/Berlin` */
function triggerText(trigger: Trigger): string {
  switch (trigger.type) {
    case "cron":
      return `cron ${trigger.expression} ${trigger.timeZone}`;
    case "recurrence":
      return `every ${trigger.interval} ${trigger.frequency}${trigger.interval === 1 ? "" : "s"} ${trigger.timeZone}`;
    case "data":
      return `new version of ${trigger.name}`;
    case "webhook":
      return "webhook";
  }
}

const lastText = (last: Firing | null): string =>
  last ? `${last.state} ${time(last.dueAt)}${last.reason ? `: ${last.reason}` : ""}` : "";

function addLook(noun: Command): void {
  noun
    .command("list")
    .description("list schedules")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.schedule.list({ params });
      printList(
        options,
        items,
        [
          { title: "schedule", of: (one) => one.name },
          { title: "pipeline", of: (one) => one.pipeline },
          { title: "when", of: (one) => triggerText(one.trigger) },
          { title: "next", of: (one) => (one.enabled ? time(one.nextAt) : "off") },
          { title: "last", of: (one) => lastText(one.last) },
        ],
        "No schedule yet. Make one: `trainyard schedule create NAME --pipeline NAME --cron '0 6 * * *'`.",
      );
    });
  noun
    .command("show <name>")
    .description("a schedule: when it is due next, and what it did last")
    .action(async (name: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const one = await client.schedule.get({ params: { ...params, name } });
      printSchedule(options, one, one.due);
      if (options.output !== "table") return;
      print("");
      printList(
        options,
        one.firings,
        [
          { title: "due", of: (firing) => time(firing.dueAt) },
          { title: "cause", of: (firing) => firing.cause },
          { title: "state", of: (firing) => state(firing.state) },
          { title: "job", of: (firing) => firing.jobId },
          { title: "reason", of: (firing) => firing.reason },
        ],
        "It has started nothing yet.",
      );
    });
}

function printSchedule(options: GlobalOptions, one: Schedule, due: number[]): void {
  printFacts(options, one, [
    ["schedule", one.name],
    ["pipeline", one.start.version === undefined ? one.pipeline : `${one.pipeline} version ${one.start.version}`],
    ["when", triggerText(one.trigger)],
    ["enabled", String(one.enabled)],
    ["next", due.length > 0 ? due.map(time).join(", ") : time(one.nextAt)],
    ["overlap", one.overlap],
    ["catch up", one.catchUp],
    ["started for", one.createdBy.name],
  ]);
}

interface CreateFlags {
  file?: string;
  pipeline?: string;
  cron?: string;
  every?: string;
  data?: string;
  webhook?: boolean;
  timeZone: string;
  overlap: ScheduleSettings["overlap"];
  catchUp: ScheduleSettings["catchUp"];
  version?: string;
  set?: string[];
  description: string;
}

function addCreate(noun: Command): void {
  const create = noun
    .command("create [name]")
    .description("create a schedule of a published pipeline, or change it; or one in Azure ML YAML")
    .option(
      "-f, --file <yaml>",
      "the schedule's YAML file; the job that it names is published under the schedule's name",
    )
    .option("--pipeline <name>", "what it starts")
    .option("--cron <expression>", "five fields: minute, hour, day of month, month, day of week")
    .option("--every <interval>", "15m, 2h, 1d, 1w: counted from now")
    .option("--data <name>", "each new version of this data asset")
    .option("--webhook", "each call of its address")
    .option("--time-zone <zone>", "of --cron and --every", "UTC")
    .option("--version <n>", "version of the pipeline; the newest without it")
    .option("--set <name=value...>", "values for the pipeline's inputs")
    .option("--overlap <policy>", "while its last job runs: skip, queue, allow, cancel", "skip")
    .option("--catch-up <policy>", "times that passed while no server ran: none, last, all", "last")
    .option("--description <text>", "what it is for", "")
    .action(async (name: string | undefined, flags: CreateFlags, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const { client, params, url } = connection;
      if (flags.file !== undefined) return createFromFile(options, connection, flags.file, flags);
      if (name === undefined || flags.pipeline === undefined) {
        throw invalid("Give a name and --pipeline, or a file with -f.");
      }
      const version = flags.version === undefined ? {} : { version: Number(flags.version) };
      const body = {
        ...{ description: flags.description, trigger: readTrigger(flags), pipeline: flags.pipeline },
        start: { ...version, inputs: readInputs(flags.set) },
        ...{ overlap: flags.overlap, catchUp: flags.catchUp },
      };
      const made = await client.schedule.put({ params: { ...params, name }, body });
      const { due } = await client.schedule.get({ params: { ...params, name } });
      printSchedule(options, made, due);
      if (made.trigger.type !== "webhook" || options.output !== "table") return;
      const { path } = await client.schedule.renewHook({ params: { ...params, name } });
      print(`\nIts address, shown this once: POST ${url}${path}`);
    });
  withExamples(
    create,
    "trainyard schedule create nightly --pipeline retrain --cron '30 2 * * *' --time-zone Europe/Berlin",
    "trainyard schedule create -f schedule.yml",
    "trainyard schedule create on-data --pipeline retrain --data diabetes",
  );
}

/** A schedule in Azure ML YAML: its job is published, and started by it. */
async function createFromFile(
  options: GlobalOptions,
  connection: ReturnType<typeof connect>,
  file: string,
  { overlap, catchUp }: CreateFlags,
): Promise<void> {
  const { client, params } = connection;
  const { asset } = await readAssetFile(connection, file, "schedule");
  const { name, description, trigger, job, inputs } = asset;
  const published =
    "definition" in job
      ? await client.pipeline.publish({ params, body: { name, description, definition: job.definition } })
      : { name: job.name, version: job.version === null ? undefined : Number(job.version) };
  const start = {
    inputs,
    ...("definition" in job || published.version === undefined ? {} : { version: published.version }),
  };
  const body = { description, trigger, pipeline: published.name, start, overlap, catchUp };
  const made = await client.schedule.put({ params: { ...params, name }, body });
  printSchedule(options, made, (await client.schedule.get({ params: { ...params, name } })).due);
}

const units = { m: "minute", h: "hour", d: "day", w: "week" } as const;

function readTrigger({ cron, every, data, webhook, timeZone }: CreateFlags): Trigger {
  const given = [cron, every, data, webhook].filter((one) => one !== undefined).length;
  if (given !== 1) throw invalid("Give exactly one of --cron, --every, --data and --webhook.");
  if (cron !== undefined) return { type: "cron", expression: cron, timeZone };
  if (data !== undefined) return { type: "data", name: data };
  if (every === undefined) return { type: "webhook" };
  const [, count, unit] = /^(\d+)([mhdw])$/.exec(every) ?? [];
  if (!count || !unit) throw invalid(`--every takes an interval such as 15m, 2h, 1d or 1w, not "${every}".`);
  return {
    ...{ type: "recurrence", interval: Number(count), frequency: units[unit as keyof typeof units], timeZone },
    ...{ hours: [], minutes: [], weekDays: [], monthDays: [] },
  };
}

function addSwitches(noun: Command): void {
  for (const [verb, enabled] of [
    ["enable", true],
    ["disable", false],
  ] as const) {
    noun
      .command(`${verb} <name>`)
      .description(enabled ? "switch a schedule on" : "switch a schedule off; nothing that passes is made up for")
      .action(async (name: string, _, command: Command) => {
        const options = globalOptions(command);
        const { client, params } = connect(options);
        printSchedule(options, await client.schedule.switch({ params: { ...params, name }, body: { enabled } }), []);
      });
  }
  noun
    .command("delete <name>")
    .description("delete a schedule; jobs that it started stay")
    .action(async (name: string, _, command: Command) => {
      const { client, params } = connect(globalOptions(command));
      await client.schedule.delete({ params: { ...params, name } });
      print(`schedule ${name} deleted`);
    });
}

function addFire(noun: Command): void {
  noun
    .command("fire <name>")
    .description("start what a schedule starts, now")
    .action(async (name: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const firing = await client.schedule.fire({ params: { ...params, name } });
      printFacts(options, firing, [
        ["state", state(firing.state)],
        ["due", time(firing.dueAt)],
      ]);
    });
  const backfill = noun
    .command("backfill <name>")
    .description("start it for each time at which it would have been due in a span, oldest first")
    .requiredOption("--from <time>", "2026-01-01 or 2026-01-01T06:00Z")
    .requiredOption("--to <time>", "the end of the span, included")
    .action(async (name: string, flags: { from: string; to: string }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const body = { from: readTime(flags.from), to: readTime(flags.to) };
      const { due, alreadyThere } = await client.schedule.backfill({ params: { ...params, name }, body });
      printFacts(options, { due, alreadyThere }, [
        ["started for", `${due.length} times`],
        ["there already", String(alreadyThere)],
        ["first", time(due[0])],
        ["last", time(due.at(-1))],
      ]);
    });
  withExamples(backfill, "trainyard schedule backfill nightly --from 2026-01-01 --to 2026-01-31");
}

function readTime(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw invalid(`"${text}" is no time; write 2026-01-31 or 2026-01-31T06:00Z.`);
  return at;
}
