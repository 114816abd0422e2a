import type { Firing } from "../../contract/schedule.ts";
import { connect } from "../connection.ts";
import { print, printList, state, time } from "../output.ts";
import { addNoun, type Command, globalOptions } from "../program.ts";
import { addCreate } from "./schedule-create.ts";
import { addFire } from "./schedule-fire.ts";
import { printSchedule, triggerText } from "./schedule-print.ts";

export function addSchedule(program: Command): void {
  const noun = addNoun(program, "schedule", "pipelines started by the clock, by new data, by a call");
  addLook(noun);
  addCreate(noun);
  addSwitches(noun);
  addFire(noun);
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
