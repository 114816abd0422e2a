import { commandProblems } from "../../contract/command-scope.ts";
import type { Issue } from "../../contract/errors.ts";
import { type CommandStep, commandsOf, type Step } from "../../contract/job.ts";

/** What in the commands of a step cannot be filled in. Before it runs: its environment may take minutes to be built. */
export function checkCommands(step: Step, at: string): Issue[] {
  // A trial also has what its sweep has.
  const around = step.type === "sweep" ? step : { inputs: {}, outputs: {} };
  const parameters = step.type === "sweep" ? new Set(Object.keys(step.searchSpace)) : undefined;
  return commandsOf({ steps: { step } }).flatMap(({ at: within, command }) => {
    const where = `${at}${within.slice("steps.step".length)}`;
    const scope = { ...namesOf(around, command), parameters, owner: "the step" };
    return commandProblems(command.command, scope).map(({ message, hint }) => ({
      at: `${where}.command`,
      message,
      hint,
    }));
  });
}

type Ports = Pick<CommandStep, "inputs" | "outputs">;

const namesOf = (around: Ports, { inputs, outputs }: Ports) => ({
  inputs: new Map(
    Object.entries({ ...around.inputs, ...inputs }).map(([name, { optional, binding }]) => [
      name,
      { optional, hasDefault: binding !== null },
    ]),
  ),
  outputs: new Map(Object.entries({ ...around.outputs, ...outputs })),
});
