import type { modelCheckContract } from "../../contract/model-check.ts";
import type { CallOutput } from "../../contract/operation.ts";
import { type Connection, connect, type GlobalOptions } from "../connection.ts";
import { printFacts, printList, time } from "../output.ts";
import { type Command, globalOptions, withExamples } from "../program.ts";

/** What the checks of model files found, and what people make of it. */
export function addModelChecks(noun: Command): void {
  const check = noun
    .command("check <reference>")
    .description("what the check of a version's files found")
    .option("--again", "check the files again, by today's rules")
    .action(async (reference: string, flags: { again?: boolean }, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const params = await versionOf(connection, reference);
      const { client } = connection;
      const found = flags.again ? await client.model.check({ params }) : await client.model.getCheck({ params });
      print(options, found);
    });
  withExamples(check, "trainyard model check churn:3", "trainyard model check churn --again");
  for (const [name, outcome, description] of [
    ["release", "release", "release a version from quarantine"],
    ["quarantine", "confirm", "confirm that a version is in quarantine rightly, or take a release back"],
  ] as const) {
    noun
      .command(`${name} <reference>`)
      .description(description)
      .requiredOption("--reason <text>", "why")
      .action(async (reference: string, flags: { reason: string }, command: Command) => {
        const options = globalOptions(command);
        const connection = connect(options);
        const params = await versionOf(connection, reference);
        print(options, await connection.client.model.decide({ params, body: { outcome, reason: flags.reason } }));
      });
  }
}

async function versionOf({ client, params }: Connection, reference: string) {
  const { name, version } = await client.model.resolve({ params, query: { reference } });
  return { ...params, name, version };
}

function print(options: GlobalOptions, check: CallOutput<typeof modelCheckContract.getCheck>): void {
  if (options.output === "json" || check.findings.length === 0) {
    printFacts(options, check, [
      ["state", check.state],
      ["findings", "none"],
      ["checked", check.checkedAt && time(check.checkedAt)],
    ]);
    return;
  }
  printList(
    options,
    check.findings,
    [
      { title: "file", of: (finding) => finding.file },
      { title: "severity", of: (finding) => finding.severity },
      { title: "found", of: (finding) => finding.message },
      { title: "why", of: (finding) => finding.why },
      { title: "what to do", of: (finding) => finding.hint },
    ],
    "",
  );
  const { decision } = check;
  printFacts(options, check, [
    ["state", check.state],
    ["decision", decision && `${decision.outcome} by ${decision.by.name}: ${decision.reason}`],
  ]);
}
