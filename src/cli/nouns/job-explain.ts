import pc from "picocolors";
import type { Explanation } from "../../contract/job.ts";
import { connect } from "../connection.ts";
import { print, printData, printFacts, state } from "../output.ts";
import { type Command, globalOptions, withExamples } from "../program.ts";

/** `trainyard job explain`: why a step ran, or did not have to. */
export function addExplain(noun: Command): void {
  const command = noun
    .command("explain <id> <step>")
    .description("why a step ran or did not have to, and what differs from the nearest earlier one")
    .action(async (id: string, step: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const told = await client.job.explain({ params: { ...params, id, step } });
      if (options.output !== "table") return printData(options, told);
      if (!told.reuse) return print(pc.dim(told.note ?? ""));
      printFacts(options, told, [
        ["reuse", state(told.reuse.status)],
        ["because", told.reuse.reason],
        ["key", told.reuse.key],
        ["compared with", told.compared && `step ${told.compared.step} of job ${told.compared.jobId}`],
      ]);
      for (const difference of told.differences) printDifference(difference);
      if (told.compared && told.differences.length === 0) print(pc.dim("Both keys are made of the same."));
    });
  withExamples(command, "trainyard job explain 01KAJ… train", "trainyard job explain 01KAJ… train -o json");
}

function printDifference({ part, now, before, files }: Explanation["differences"][0]): void {
  print(`\n${pc.bold(part)}`);
  print(`  ${pc.red("before")}  ${text(before)}`);
  print(`  ${pc.green("now")}     ${text(now)}`);
  const signs = { added: pc.green("+"), removed: pc.red("-"), changed: pc.yellow("~") };
  for (const { path, change } of files ?? []) print(`          ${signs[change]} ${path}`);
}

const text = (value: unknown): string => {
  if (value === undefined) return pc.dim("not there");
  return typeof value === "string" ? value.trim().replaceAll("\n", "\n          ") : JSON.stringify(value);
};
