// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import type { Client } from "../../contract/client.ts";
import { invalid } from "../../contract/errors.ts";
import type { ScheduleSettings } from "../../contract/schedule.ts";
import type { Trigger } from "../../contract/trigger.ts";
import { readAssetFile } from "../asset-file.ts";
import { type Connection, connect } from "../connection.ts";
import { type Command, globalOptions, withExamples } from "../program.ts";
import { takeSnapshot } from "../snapshot.ts";
import { readInputs } from "./pipeline.ts";
import { makeAddress, printAddress } from "./schedule-fire.ts";
import { printSchedule } from "./schedule-print.ts";

interface CreateFlags {
  file?: string;
  pipeline?: string;
  cron?: string;
  every?: string;
  data?: string;
  webhook?: boolean;
  signed?: boolean;
  timeZone: string;
  overlap?: ScheduleSettings["overlap"];
  catchUp?: ScheduleSettings["catchUp"];
  version?: string;
  set?: string[];
  description?: string;
  disabled?: boolean;
}

export function addCreate(noun: Command): void {
  const create = noun
    .command("create [name]")
    .description("create a schedule of a published pipeline, or change it; or one in Azure ML YAML")
    .option("-f, --file <yaml>", "the schedule's YAML file; a job in it, or a job file that it names, is published")
    .option(
      "--pipeline <name>",
      "what it starts; with -f, what its job is published as (the schedule's name without it)",
    )
    .option("--cron <expression>", "five fields: minute, hour, day of month, month, day of week")
    .option("--every <interval>", "15m, 2h, 1d, 1w: counted from now")
    .option("--data <name>", "each new version of this data asset that may be used")
    .option("--webhook", "each call of its address")
    .option("--signed", "of --webhook: only calls that are signed with its key")
    .option("--time-zone <zone>", "of --cron and --every", "UTC")
    .option("--version <n>", "version of the pipeline; the newest without it")
    .option("--set <name=value...>", "values for the pipeline's inputs")
    .option("--overlap <policy>", "while its last job runs: skip (the default), queue, allow, cancel")
    .option("--catch-up <policy>", "times that passed while no server ran: none, last (the default), all")
    .option("--description <text>", "what it is for")
    .option("--disabled", "it starts nothing but by hand, until it is enabled")
    .action(async (name: string | undefined, flags: CreateFlags, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const { name: chosen, ...body } = await (flags.file === undefined
        ? fromFlags(name, flags)
        : fromFile(connection, flags.file, name, flags));
      const params = { ...connection.params, name: chosen };
      const made = await connection.client.schedule.put({ params, body });
      const needsAddress = made.trigger.type === "webhook" && !made.hasAddress;
      const address = needsAddress ? await makeAddress(connection, chosen) : undefined;
      const { due, ...whole } = await connection.client.schedule.get({ params });
      printSchedule(options, address ? { ...whole, address } : whole, due);
      if (address && options.output === "table") printAddress(address);
    });
  withExamples(
    create,
    "trainyard schedule create nightly --pipeline retrain --cron '30 2 * * *' --time-zone Europe/Berlin",
    "trainyard schedule create -f schedule.yml",
    "trainyard schedule create on-data --pipeline retrain --data diabetes --set 'rows=diabetes:${{creation_context.data_version}}'",
    "trainyard schedule create on-push --pipeline retrain --webhook --set 'branch=${{creation_context.body.ref}}'",
  );
}

type NewSchedule = Parameters<Client["schedule"]["create"]>[0]["body"];

/** Only what was given: the server knows the rest, and a file says some of it. */
const givenOf = ({ overlap, catchUp, description, disabled }: CreateFlags): Partial<NewSchedule> => ({
  ...(overlap === undefined ? {} : { overlap }),
  ...(catchUp === undefined ? {} : { catchUp }),
  ...(description === undefined ? {} : { description }),
  ...(disabled ? { enabled: false } : {}),
});

async function fromFlags(name: string | undefined, flags: CreateFlags): Promise<NewSchedule> {
  if (name === undefined || flags.pipeline === undefined) {
    throw invalid("Give a name and --pipeline, or a file with -f.");
  }
  const version = flags.version === undefined ? {} : { version: Number(flags.version) };
  const start = { ...version, inputs: readInputs(flags.set) };
  return { name, pipeline: flags.pipeline, trigger: readTrigger(flags), start, ...givenOf(flags) };
}

/** A schedule in Azure ML YAML. Its job is published in the same change, so that nothing stays of one that is refused. */
async function fromFile(
  connection: Connection,
  file: string,
  name: string | undefined,
  flags: CreateFlags,
): Promise<NewSchedule> {
  requireNoTrigger(flags);
  const { asset } = await readAssetFile(connection, file, "schedule");
  const { description, trigger, enabled, job, inputs } = asset;
  const chosen = name ?? asset.name;
  const settings = { name: chosen, description, trigger, enabled, ...givenOf(flags) };
  const start = { inputs: { ...inputs, ...readInputs(flags.set) } };
  if ("definition" in job) {
    return {
      ...settings,
      pipeline: flags.pipeline ?? chosen,
      definition: job.definition,
      code: await takeSnapshot(file),
      start,
    };
  }
  const version = flags.version ?? job.version ?? undefined;
  return {
    ...settings,
    pipeline: flags.pipeline ?? job.name,
    start: version === undefined ? start : { ...start, version: Number(version) },
  };
}

function requireNoTrigger({ cron, every, data, webhook, signed }: CreateFlags): void {
  const given = Object.entries({ cron, every, data, webhook, signed }).find(([, value]) => value !== undefined);
  if (given) throw invalid(`The file says when it is due; leave --${given[0]} out.`);
}

const units = { m: "minute", h: "hour", d: "day", w: "week" } as const;

function readTrigger({ cron, every, data, webhook, signed = false, timeZone }: CreateFlags): Trigger {
  const given = [cron, every, data, webhook].filter((one) => one !== undefined).length;
  if (given !== 1) throw invalid("Give exactly one of --cron, --every, --data and --webhook.");
  if (signed && !webhook) throw invalid("--signed belongs to --webhook.");
  if (cron !== undefined) return { type: "cron", expression: cron, timeZone };
  if (data !== undefined) return { type: "data", name: data };
  if (every === undefined) return { type: "webhook", signed };
  const [, count, unit] = /^(\d+)([mhdw])$/.exec(every) ?? [];
  if (!count || !unit) throw invalid(`--every takes an interval such as 15m, 2h, 1d or 1w, not "${every}".`);
  return {
    ...{ type: "recurrence", interval: Number(count), frequency: units[unit as keyof typeof units], timeZone },
    ...{ hours: [], minutes: [], weekDays: [], monthDays: [] },
  };
}
