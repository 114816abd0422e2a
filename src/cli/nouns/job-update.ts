import { invalid } from "../../contract/errors.ts";
import type { JobChange } from "../../contract/job.ts";
import { connect } from "../connection.ts";
import { printFacts, tagsText } from "../output.ts";
import { type Command, globalOptions, withExamples } from "../program.ts";

interface Flags {
  set?: string[];
  remove?: string[];
}

/** `trainyard job update`: what is said of a job, in the words of `az ml job update`. */
export function addUpdate(noun: Command, readSet: (pairs?: string[]) => Record<string, string>): void {
  const update = noun
    .command("update <id>")
    .description("change the display name, the description and the tags of a job, and of its run")
    .option("--set <path=value...>", "display_name=…, description=… or tags.KEY=…")
    .option("--remove <path...>", "tags.KEY")
    .action(async (id: string, flags: Flags, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const body = changeOf(readSet(flags.set), flags.remove ?? []);
      const job = await client.job.update({ params: { ...params, id }, body });
      printFacts(options, job, [
        ["job", job.id],
        ["name", job.displayName],
        ["description", job.description],
        ["tags", tagsText(job.tags)],
      ]);
    });
  withExamples(
    update,
    "trainyard job update 01KAJ… --set tags.team=fraud tags.stage=trial",
    'trainyard job update nightly --set display_name="Nightly, all regions" --remove tags.stage',
  );
}

function changeOf(set: Record<string, string>, remove: string[]): JobChange {
  const change: JobChange = {};
  const tags: NonNullable<JobChange["tags"]> = {};
  for (const [path, value] of Object.entries(set)) {
    if (path === "display_name") change.displayName = value;
    else if (path === "description") change.description = value;
    else tags[keyOf(path)] = value;
  }
  for (const path of remove) tags[keyOf(path)] = null;
  if (Object.keys(tags).length > 0) change.tags = tags;
  if (Object.keys(change).length > 0) return change;
  throw invalid("Say what is to change.", { hint: "For example --set tags.team=fraud" });
}

function keyOf(path: string): string {
  if (path.startsWith("tags.") && path.length > "tags.".length) return path.slice("tags.".length);
  const hint = "What a job does stays as it was submitted: display_name, description and tags.KEY can be changed.";
  throw invalid(`"${path}" of a job cannot be changed.`, { hint });
}
