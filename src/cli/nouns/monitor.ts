import { readFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { nameSchema } from "../../contract/common.ts";
import { invalid } from "../../contract/errors.ts";
import { type MonitorRun, monitorDefinitionSchema } from "../../contract/monitor.ts";
import { sleep } from "../../platform/clock.ts";
import { type Connection, connect } from "../connection.ts";
import { print, printFacts, printList, state, time } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";
import { uploadFolder, uploadSource } from "../source.ts";

/** A monitor's file: the definition, with files in place of digests. */
const monitorFileSchema = monitorDefinitionSchema.extend({
  name: nameSchema,
  retraining: z
    .strictObject({
      job: z.strictObject({ file: z.string(), set: z.record(z.string(), z.string()).default({}) }),
      build: z.strictObject({ name: nameSchema, file: z.string() }).nullable().default(null),
    })
    .nullable()
    .default(null),
});

export function addMonitor(program: Command): void {
  const noun = addNoun(program, "monitor", "compare production with what models were trained on");
  noun
    .command("list")
    .description("list monitors")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.monitor.list({ params });
      printList(
        options,
        items,
        [
          { title: "monitor", of: (monitor) => monitor.name },
          { title: "endpoint", of: (monitor) => monitor.definition.endpoint },
          { title: "verdict", of: (monitor) => state(monitor.lastRun?.verdict) },
          { title: "last run", of: (monitor) => time(monitor.lastRun?.startedAt) },
          { title: "next run", of: (monitor) => time(monitor.nextRunAt) },
        ],
        "No monitor yet. Describe one in YAML: `trainyard monitor create -f monitor.yml`.",
      );
    });
  const create = noun
    .command("create")
    .description("create or change a monitor from YAML")
    .requiredOption("-f, --file <yaml>", "the monitor's file")
    .action(async (flags: { file: string }, command: Command) => {
      print(`monitor ${await putMonitor(connect(globalOptions(command)), flags.file)}`);
    });
  withExamples(create, "trainyard monitor create -f deploy/monitor.yml");
  noun
    .command("run <name>")
    .description("run a monitor now and show what it found")
    .action(async (name: string, _, command: Command) => {
      const options = globalOptions(command);
      printRun(options, await runMonitor(connect(options), name));
    });
}

/** Uploads what the file names and creates the monitor; gives its name. */
export async function putMonitor(connection: Connection, file: string): Promise<string> {
  const parsed = monitorFileSchema.safeParse(parse(await readFile(file, "utf8")));
  if (!parsed.success) {
    throw invalid(`${file} does not describe a monitor.`, {
      issues: parsed.error.issues.map((issue) => ({ at: `${file}: ${issue.path.join(".")}`, message: issue.message })),
    });
  }
  const { name, retraining, ...definition } = parsed.data;
  const body = { ...definition, retraining: retraining && (await uploadRetraining(connection, file, retraining)) };
  await connection.client.monitor.put({ params: { ...connection.params, name }, body });
  return name;
}

async function uploadRetraining(
  connection: Connection,
  file: string,
  retraining: NonNullable<z.output<typeof monitorFileSchema>["retraining"]>,
) {
  const at = (path: string) => resolve(dirname(file), path);
  const { job, build } = retraining;
  const source = { ...(await uploadSource(connection, at(job.file))), set: job.set };
  if (!build) return { job: source, build: null };
  const folder = dirname(at(build.file));
  const tree = await uploadFolder(connection, folder);
  return { job: source, build: { name: build.name, tree, file: relative(folder, at(build.file)) } };
}

export async function runMonitor(
  { client, params }: Connection,
  name: string,
  idempotencyKey?: string,
): Promise<MonitorRun> {
  const at = { ...params, name };
  const { number } = await client.monitor.run({ params: at, body: { idempotencyKey } });
  for (;;) {
    const { items } = await client.monitor.listRuns({ params: at });
    const run = items.find((item) => item.number === number);
    if (run && run.state !== "running") return run;
    await sleep(200);
  }
}

function printRun(options: ReturnType<typeof globalOptions>, run: MonitorRun): void {
  printFacts(options, run, [
    ["verdict", state(run.verdict)],
    ["message", run.message],
    ["rows", `${run.productionRows} of production, ${run.referenceRows} of reference`],
    ["retraining", run.retrainingJobId],
  ]);
  if (options.output !== "table") return;
  print("");
  printList(
    options,
    run.features,
    [
      { title: "feature", of: (feature) => feature.feature },
      { title: "metric", of: (feature) => feature.metric },
      { title: "value", of: (feature) => feature.value.toPrecision(4) },
      { title: "threshold", of: (feature) => feature.threshold },
      { title: "drifted", of: (feature) => (feature.drifted ? state("fail") : "") },
    ],
    "",
  );
}
