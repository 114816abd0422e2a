import { readFile, writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { buffer } from "node:stream/consumers";
import pc from "picocolors";
import { Problem } from "../../contract/errors.ts";
import { stripNotebook } from "../../platform/transfer/notebook.ts";
import { Unsuccessful } from "../failure.ts";
import { exportNotebook } from "../notebook/export.ts";
import { print, printData } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";

export function addNotebook(program: Command): void {
  const noun = addNoun(program, "notebook", "Jupyter notebooks: as steps of jobs, and under version control");
  const exporting = noun
    .command("export <notebook>")
    .description("write a notebook as a script with arguments, a component and a pipeline")
    .option("--output <folder>", "where to (default: a folder of its name beside it)")
    .option("--force", "write over files that are there")
    .action(async (notebook: string, flags: { output?: string; force?: true }, command: Command) => {
      const options = globalOptions(command);
      const exported = await exportNotebook(notebook, { output: flags.output, force: flags.force ?? false });
      if (options.output !== "table") return printData(options, exported);
      const way = relative(process.cwd(), exported.folder);
      const shown = way.startsWith("..") ? exported.folder : way || ".";
      print(`Wrote to ${shown}:`);
      for (const file of exported.files) print(`  ${file}`);
      print(
        `Arguments: ${exported.arguments.join(", ") || "none"}. Packages: ${exported.packages.join(", ") || "none"}.`,
      );
      for (const note of exported.notes) print(`${pc.yellow("!")} ${note}`);
      print(`\nNext:\n  trainyard job create -f ${shown}/pipeline.yml`);
    });
  withExamples(
    exporting,
    "trainyard notebook export explore.ipynb",
    "trainyard notebook export explore.ipynb --output steps/explore",
  );
  const strip = noun
    .command("strip <notebooks...>")
    .description("take outputs and execution counts out of notebooks; `-` reads one and prints it")
    .option("--check", "change nothing; end with 1 when a notebook has any")
    .action(async (paths: string[], flags: { check?: true }) => {
      const unstripped: string[] = [];
      for (const path of paths) if (await stripFile(path, flags.check ?? false)) unstripped.push(path);
      if (flags.check && unstripped.length > 0) {
        throw new Unsuccessful(
          `${unstripped.join(", ")}: with outputs. Take them out with \`trainyard notebook strip\`.`,
        );
      }
    });
  withExamples(
    strip,
    "trainyard notebook strip *.ipynb",
    "trainyard notebook strip --check *.ipynb",
    "git config filter.notebook.clean 'trainyard notebook strip -'",
  );
}

/** Says whether there was anything to take out. */
async function stripFile(path: string, check: boolean): Promise<boolean> {
  const before =
    path === "-"
      ? await buffer(process.stdin)
      : await readFile(path).catch(() => {
          throw new Problem("invalid", `There is no notebook ${path}.`);
        });
  const after = stripNotebook(before);
  if (!after) throw new Problem("invalid", `${path} is not a notebook.`);
  if (path === "-") process.stdout.write(after);
  const changes = Buffer.compare(before, after) !== 0;
  if (changes && !check && path !== "-") await writeFile(path, after);
  return changes;
}
