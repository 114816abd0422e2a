import { readFile } from "node:fs/promises";
import { conflict, invalid } from "../../contract/errors.ts";
import { connect } from "../connection.ts";
import { print, printFacts, state, time } from "../output.ts";
import { type Command, globalOptions, withExamples } from "../program.ts";

export function addFire(noun: Command): void {
  const fire = noun
    .command("fire <name>")
    .description("start what a schedule starts, now")
    .option("--body <file>", "JSON, as if the schedule's address were called with it")
    .action(async (name: string, flags: { body?: string }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const body = flags.body === undefined ? {} : { body: await readJson(flags.body) };
      const firing = await client.schedule.fire({ params: { ...params, name }, body });
      printFacts(options, firing, [
        ["state", state(firing.state)],
        ["due", time(firing.dueAt)],
      ]);
    });
  withExamples(fire, "trainyard schedule fire nightly", "trainyard schedule fire on-push --body push.json");
  addBackfill(noun);
  addAddress(noun);
}

function addBackfill(noun: Command): void {
  const backfill = noun
    .command("backfill <name>")
    .description("start it for each time of a span at which it was due and no job succeeded, oldest first")
    .requiredOption("--from <time>", "2026-01-01 or 2026-01-01T06:00, in its time zone; or 2026-01-01T06:00Z")
    .requiredOption("--to <time>", "the end of the span, included; of a day its end")
    .option("--again", "times whose job succeeded too")
    .action(async (name: string, flags: { from: string; to: string; again?: boolean }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { due, alreadyThere } = await client.schedule.backfill({ params: { ...params, name }, body: flags });
      printFacts(options, { due, alreadyThere }, [
        ["started for", `${due.length} times`],
        ["there already", String(alreadyThere)],
        ["first", time(due[0])],
        ["last", time(due.at(-1))],
      ]);
    });
  withExamples(backfill, "trainyard schedule backfill nightly --from 2026-01-01 --to 2026-01-31");
}

function addAddress(noun: Command): void {
  const address = noun
    .command("address <name>")
    .description("make the address of a schedule with a webhook trigger; it is shown this once")
    .option("--renew", "another one in its place, which then stops working")
    .action(async (name: string, flags: { renew?: boolean }, command: Command) => {
      const options = globalOptions(command);
      const connection = connect(options);
      const { hasAddress } = await connection.client.schedule.get({ params: { ...connection.params, name } });
      if (hasAddress && !flags.renew) {
        throw conflict(
          `Schedule ${name} has an address, which was shown when it was made.`,
          "With --renew there is another one, and that one stops working.",
        );
      }
      const made = await makeAddress(connection, name);
      printFacts(options, made, factsOf(made));
    });
  withExamples(address, "trainyard schedule address on-push", "trainyard schedule address on-push --renew");
}

type Connection = ReturnType<typeof connect>;
export interface Address {
  url: string;
  signingKey: string | null;
}

export async function makeAddress({ client, params, url }: Connection, name: string): Promise<Address> {
  const { path, signingKey } = await client.schedule.renewHook({ params: { ...params, name } });
  return { url: `${url}${path}`, signingKey };
}

const factsOf = ({ url, signingKey }: Address): [string, string | null][] => [
  ["address", `POST ${url}`],
  ["signing key", signingKey],
];

export function printAddress(address: Address): void {
  print("\nShown this once:");
  for (const [name, value] of factsOf(address)) if (value !== null) print(`${name}: ${value}`);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw invalid(`${file} is no JSON that can be read: ${error instanceof Error ? error.message : error}`);
  }
}
