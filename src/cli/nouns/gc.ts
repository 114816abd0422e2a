import { InvalidArgumentError } from "commander";
import type { GcReport } from "../../contract/gc.ts";
import { connect } from "../connection.ts";
import { printFacts } from "../output.ts";
import { type Command, globalOptions, withExamples } from "../program.ts";

export function addGc(program: Command): void {
  const gc = program
    .command("gc")
    .description("purge what was deleted long ago and what is kept no longer, and free the space that nothing needs")
    .option("--older-than <time>", "what was deleted less than this ago stays: 30d, 12h", readDays, 30)
    .option("--dry-run", "only say what would go", false)
    .action(async (flags: { olderThan: number; dryRun: boolean }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const body = { olderThanDays: flags.olderThan, dryRun: flags.dryRun };
      const report = await client.gc.collect({ params, body });
      printFacts(options, report, factsOf(report));
    });
  withExamples(gc, "trainyard gc --dry-run", "trainyard gc --older-than 7d");
}

function factsOf(report: GcReport): [string, string | number][] {
  const would = report.dryRun ? "would be " : "";
  return [
    [`${would}purged jobs`, report.jobs],
    [`${would}purged runs`, report.runs],
    [`${would}purged experiments`, report.experiments],
    [`${would}purged logged models`, report.loggedModels],
    [`${would}purged model versions`, report.modelVersions],
    ["deleted but still needed", report.kept],
    [`${would}removed logs`, report.logs],
    [`${would}removed events`, report.events],
    [`${would}removed firings`, report.firings],
    [`${would}removed tokens of tasks`, report.tokens],
    [`${would}removed blobs`, report.blobs],
    [`${would}removed orphans`, report.orphans],
    [`${would}freed`, `${report.bytes} bytes`],
  ];
}

/** Days, of which `h` makes a part: `30d`, `12h`. */
function readDays(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([dh])$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError("Write days or hours: 30d, 12h.");
  return unit === "h" ? Number(number) / 24 : Number(number);
}
