import { relative } from "node:path";
import pc from "picocolors";
import { writeProject } from "../init.ts";
import { print, printData } from "../output.ts";
import { type Command, globalOptions, withExamples } from "../program.ts";

export function addInit(program: Command): void {
  const init = program
    .command("init [folder]")
    .description("write a project to start from: pipeline, code, environment, data, tests")
    .option("--typescript", "steps and pipeline in TypeScript; no Python is needed")
    .option("--name <name>", "name of its experiment and model (default: that of the folder)")
    .action(async (folder: string | undefined, flags: { typescript?: true; name?: string }, command: Command) => {
      const options = globalOptions(command);
      const project = await writeProject(folder ?? ".", { typescript: flags.typescript ?? false, name: flags.name });
      if (options.output !== "table") return printData(options, project);
      print(`Wrote ${pc.bold(project.name)} to ${project.folder}:`);
      for (const file of project.files) print(`  ${file}`);
      const file = `pipelines/train.${flags.typescript ? "ts" : "yml"}`;
      const way = relative(process.cwd(), project.folder);
      print("\nNext:");
      if (way) print(`  cd ${way.startsWith("..") ? project.folder : way}`);
      print(`  trainyard up                          ${pc.dim("# in another terminal, unless a server runs already")}`);
      print(`  trainyard job validate -f ${file}`);
      print(`  trainyard job create -f ${file}`);
    });
  withExamples(init, "trainyard init my-project", "trainyard init my-project --typescript --name prices");
}
