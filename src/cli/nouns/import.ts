import pc from "picocolors";
import { connect, type GlobalOptions } from "../connection.ts";
import { Unsuccessful } from "../failure.ts";
import { type ImportOptions, type ImportReport, importFrom } from "../mlflow/import.ts";
import { startProgress } from "../mlflow/progress.ts";
import type { Line } from "../mlflow/tally.ts";
import { type Column, print, printData, printList } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";

interface Flags extends Omit<ImportOptions, "experiments" | "artifactFolders"> {
  experiment: string[];
  artifacts: string[];
}

export function addImport(program: Command): void {
  const noun = addNoun(program, "import", "take over what another tracking server has");
  const mlflow = noun
    .command("mlflow")
    .description("copy experiments, runs, metrics, artifacts and models of an MLflow server, and compare both sides")
    .requiredOption("--from <uri>", "http(s)://…, sqlite:///path/mlflow.db or postgresql://…")
    .option("--experiment <name...>", "only these experiments, and the model versions that came from them", [])
    .option("--artifacts <folder...>", "folders in which artifacts of a database may be read", [])
    .option("--from-workspace <name>", "the workspace of the MLflow server", "default")
    .option("--include-deleted", "deleted experiments, runs and logged models too", false)
    .option("--again", "copy and compare again what an earlier import found equal", false)
    .option("--dry-run", "read and count, write nothing", false)
    .option("--strict", "stop at the first thing that cannot be taken over", false)
    .action(async (flags: Flags, command: Command) => {
      const options = globalOptions(command);
      const started = Date.now();
      const progress = startProgress();
      const wanted = { ...flags, experiments: flags.experiment, artifactFolders: flags.artifacts };
      const report = await importFrom(connect(options), wanted, progress).finally(() => progress.stop());
      show(options, report, { ...progress, seconds: (Date.now() - started) / 1000, dryRun: flags.dryRun });
      if (!flags.dryRun && !report.tally.isEqual) throw new Unsuccessful("Both sides are not equal.");
    });
  withExamples(
    mlflow,
    "trainyard import mlflow --from http://mlflow.example:5000",
    "trainyard import mlflow --from sqlite:///mlflow.db --artifacts ./mlartifacts --dry-run",
  );
}

interface Speed {
  runs: number;
  points: number;
  bytes: number;
  seconds: number;
  dryRun: boolean;
}

function show(options: GlobalOptions, report: ImportReport, speed: Speed): void {
  const { tally, source, description, leftOut } = report;
  const { runs, points, bytes, seconds, dryRun } = speed;
  if (options.output !== "table") {
    const { issues, unequal, skipped } = tally;
    const rates = { runs: runs / seconds, points: points / seconds, bytes: bytes / seconds };
    const facts = { source, description, seconds, rates, skipped, leftOut: Object.fromEntries(leftOut) };
    return printData(options, { ...facts, lines: tally.lines(), issues, unequal });
  }
  print(`${source}  ${pc.dim(description)}`);
  const columns: Column<Line>[] = [
    { title: "", of: (line) => line.what },
    { title: "source", of: (line) => line.source },
  ];
  const both: Column<Line>[] = [
    ...columns,
    { title: "here", of: (line) => line.here },
    { title: "difference", of: (line) => line.difference || "" },
  ];
  printList(options, tally.lines(), dryRun ? columns : both, "");
  for (const { subject, message } of [...tally.unequal, ...tally.issues].slice(0, 50))
    print(`${pc.yellow("!")} ${subject}: ${message}`);
  const more = tally.unequal.length + tally.issues.length - 50;
  if (more > 0) print(pc.dim(`and ${more} more; --output json lists all`));
  for (const [what, count] of leftOut) print(pc.dim(`not taken over: ${count} ${what}`));
  const rate = `${(runs / seconds).toFixed(0)} runs/s, ${(points / seconds).toFixed(0)} points/s, ${(bytes / 1e6 / seconds).toFixed(1)} MB/s`;
  print(pc.dim(`${tally.skipped} were here already. ${seconds.toFixed(1)} s: ${rate}`));
}
