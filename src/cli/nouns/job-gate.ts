import { connect } from "../connection.ts";
import { printFacts } from "../output.ts";
import { type Command, globalOptions, withExamples } from "../program.ts";

/** `trainyard job approve|reject`: decisions at the gates of a job. */
export function addDecisions(noun: Command): void {
  for (const verdict of ["approve", "reject"] as const) {
    const command = noun
      .command(`${verdict} <id> <step>`)
      .description(verdict === "approve" ? "let a job go on at a gate" : "end a job at a gate")
      .option("--comment <text>", "why", "")
      .action(async (id: string, step: string, body: { comment: string }, command: Command) => {
        const options = globalOptions(command);
        const { client, params } = connect(options);
        const gate = await client.job.decide({ params: { ...params, id, step }, body: { ...body, verdict } });
        const approved = gate.decisions.filter((decision) => decision.verdict === "approve").length;
        const left = gate.quorum - approved;
        printFacts(options, gate, [
          ["gate", step],
          ["decisions", gate.decisions.map(({ by, verdict }) => `${by.name}: ${verdict}`).join(", ")],
          ["now", verdict === "reject" ? "rejected" : left > 0 ? `waits for ${left} more` : "approved"],
        ]);
      });
    withExamples(command, `trainyard job ${verdict} 01KAJ… review --comment "looked at the errors by region"`);
  }
}
