import pc from "picocolors";
import type { Conversion } from "../../contract/conversion.ts";
import { invalid } from "../../contract/errors.ts";
import { type Connection, connect } from "../connection.ts";
import { Unsuccessful } from "../failure.ts";
import { followJob } from "../follow.ts";
import { duration, print, printData, printFacts, printList, shortDigest, state, time } from "../output.ts";
import { type Command, globalOptions, withExamples } from "../program.ts";

interface Flags {
  to: string;
  data?: string;
  tolerance?: string;
  agreement?: string;
  opset?: string;
  wait?: boolean;
}

export function addModelConversion(noun: Command): void {
  const convert = noun
    .command("convert <reference>")
    .description("convert a version to ONNX in a job, and compare the two")
    .option("--to <format>", "what to convert to", "onnx")
    .option("--data <name:version>", "compare on this data too, besides the model's input example")
    .option("--tolerance <number>", "how far numbers may be apart (0.001)")
    .option("--agreement <share>", "share of rows that must agree (1)")
    .option("--opset <number>", "ONNX operator set (18)")
    .option("--wait", "follow the job, and fail when the two answer differently")
    .action(async (model: string, flags: Flags, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const body = bodyOf(flags);
      const params = { ...connection.params, ...(await versionOf(connection, model)) };
      const started = await connection.client.model.convert({ params, body });
      if (flags.wait && options.output === "table") {
        print(
          `${pc.bold(`${params.name} ${params.version}`)}  ${pc.dim(`job ${started.jobId}  ${connection.url}/jobs/${started.jobId}`)}`,
        );
      }
      const conversion = flags.wait ? await ended(connection, started, options.output === "table") : started;
      if (options.output === "table") printConversion(options, conversion);
      else printData(options, conversion);
      if (flags.wait && conversion.state !== "passed") {
        throw new Unsuccessful(conversion.error ?? `The conversion was ${conversion.state}.`);
      }
    });
  withExamples(
    convert,
    "trainyard model convert churn --to onnx --wait",
    "trainyard model convert churn@champion --to onnx --data customers:3 --tolerance 0.0001",
  );
  noun
    .command("conversions <reference>")
    .description("conversions of a version, newest first")
    .action(async (model: string, _, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const params = { ...connection.params, ...(await versionOf(connection, model)) };
      const { items } = await connection.client.model.conversions({ params });
      printList(
        options,
        items,
        [
          { title: "to", of: (conversion) => conversion.target },
          { title: "state", of: (conversion) => state(conversion.state) },
          { title: "result", of: (conversion) => shortDigest(conversion.digest) },
          { title: "job", of: (conversion) => conversion.jobId },
          { title: "created", of: (conversion) => time(conversion.createdAt) },
          { title: "took", of: (conversion) => duration(conversion.createdAt, conversion.endedAt) },
          { title: "what was found", of: (conversion) => conversion.report?.message ?? conversion.error },
        ],
        `Version ${params.version} of ${params.name} was not converted yet.`,
      );
    });
}

function bodyOf(flags: Flags) {
  if (flags.to !== "onnx") throw invalid(`Models are converted to onnx, not to "${flags.to}".`);
  const [name = "", version, ...more] = flags.data?.split(":") ?? [];
  if (flags.data !== undefined && (name === "" || version === "" || more.length > 0)) {
    throw invalid(`--data takes name:version, not "${flags.data}".`, { hint: "For example --data customers:3" });
  }
  return {
    target: "onnx" as const,
    data: flags.data === undefined ? undefined : { name, version },
    tolerance: numberOf("--tolerance", flags.tolerance),
    agreement: numberOf("--agreement", flags.agreement),
    opset: numberOf("--opset", flags.opset),
  };
}

function numberOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw invalid(`${flag} takes a number, not "${text}".`);
  return value;
}

async function versionOf(
  { client, params }: Connection,
  reference: string,
): Promise<{ name: string; version: string }> {
  const { name, version } = await client.model.resolve({ params, query: { reference } });
  return { name, version };
}

/** The conversion after its job: what the job left is recorded a moment later. */
async function ended(connection: Connection, { id, jobId, name, version }: Conversion, shown: boolean) {
  const params = { ...connection.params, name, version };
  if (shown) await followJob(connection, jobId);
  for (;;) {
    const { items } = await connection.client.model.conversions({ params });
    const found = items.find((item) => item.id === id);
    if (!found) throw new Unsuccessful(`The conversion is gone: version ${version} of ${name} was deleted.`);
    if (found.endedAt !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function printConversion(options: ReturnType<typeof globalOptions>, conversion: Conversion): void {
  const made = conversion.report?.conversion;
  printFacts(options, conversion, [
    ["model", `${conversion.name} version ${conversion.version}`],
    ["state", state(conversion.state)],
    ["job", conversion.jobId],
    ["result", conversion.digest],
    ["found", conversion.report?.message ?? conversion.error],
  ]);
  if (!made) return;
  print("");
  printList(
    options,
    made.samples.flatMap((sample) => sample.outputs.map((output) => ({ sample, output }))),
    [
      { title: "compared on", of: ({ sample }) => `${sample.name}, ${sample.rows} rows` },
      { title: "output", of: ({ output }) => output.name },
      { title: "equal labels", of: ({ output }) => percent(output.equal) },
      { title: "within", of: ({ output }) => percent(output.within) },
      { title: "largest difference", of: ({ output }) => output.shapes ?? difference(output.maxAbsolute) },
      { title: "relative", of: ({ output }) => difference(output.maxRelative) },
    ],
    "",
  );
}

/** Rounded down: 100 % is said only of all. */
const percent = (share: number | undefined): string =>
  share === undefined ? "" : `${Math.floor(share * 1e6) / 1e4} %`;

const difference = (value: number | null | undefined): string =>
  value === undefined ? "" : value === null ? "not finite" : value.toPrecision(3);
