import pc from "picocolors";
import { connect } from "../connection.ts";
import { Unsuccessful } from "../failure.ts";
import { print, printData, printList, shortDigest, time } from "../output.ts";
import { addNoun, type Command, globalOptions } from "../program.ts";

export function addAudit(program: Command): void {
  const noun = addNoun(program, "audit", "who changed what, when and why");
  noun
    .command("list")
    .description("list changes, newest first")
    .option("--limit <n>", "how many", "30")
    .option("--subject <subject>", "only of this: model/diabetes/3")
    .action(async (flags: { limit: string; subject?: string }, command: Command) => {
      const options = globalOptions(command);
      const query = { limit: Number(flags.limit), subject: flags.subject, workspace: options.workspace };
      const { items } = await connect(options).client.audit.list({ query });
      printList(
        options,
        items,
        [
          { title: "#", of: (event) => event.seq },
          { title: "when", of: (event) => time(event.at) },
          { title: "who", of: (event) => event.actor.name },
          { title: "what", of: (event) => event.type },
          { title: "subject", of: (event) => event.subject },
          { title: "why", of: (event) => event.reason },
          { title: "hash", of: (event) => shortDigest(event.hash) },
        ],
        "Nothing has changed yet.",
      );
    });
  noun
    .command("verify")
    .description("recompute the hash chain")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const result = await connect(options).client.audit.verify();
      if (options.output !== "table") printData(options, result);
      if (!result.valid) throw new Unsuccessful(`The chain is broken at event ${result.firstBroken}.`);
      if (options.output === "table") print(`${pc.green("✓")} ${result.events} events, the chain is whole.`);
    });
  noun
    .command("parked")
    .description("list events that a reaction of the server failed at, again and again")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { items } = await connect(options).client.audit.listParked();
      printList(
        options,
        items,
        [
          { title: "subscriber", of: (event) => event.subscriber },
          { title: "#", of: (event) => event.seq },
          { title: "what", of: (event) => event.type },
          { title: "subject", of: (event) => event.subject },
          { title: "attempts", of: (event) => event.attempts },
          { title: "parked", of: (event) => time(event.parkedAt) },
          { title: "error", of: (event) => event.error },
        ],
        "No event is parked.",
      );
    });
  noun
    .command("redeliver <subscriber> <seq>")
    .description("deliver a parked event once more")
    .action(async (subscriber: string, seq: string, _, command: Command) => {
      const options = globalOptions(command);
      await connect(options).client.audit.redeliver({ params: { subscriber, seq: Number(seq) } });
      print(`${pc.green("✓")} Delivered event ${seq} to ${subscriber}.`);
    });
}
