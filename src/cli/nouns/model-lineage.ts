import pc from "picocolors";
import type { Lineage } from "../../contract/lineage.ts";
import { connect } from "../connection.ts";
import { print, printData } from "../output.ts";
import { type Command, globalOptions, withExamples } from "../program.ts";

/** Where a version comes from, and what came of it. */
export function addModelLineage(noun: Command): void {
  const lineage = noun
    .command("lineage <reference>")
    .description("where a version comes from, and what came of it")
    .action(async (reference: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { name, version } = await client.model.resolve({ params, query: { reference } });
      const found = await client.model.lineage({ params: { ...params, name, version } });
      if (options.output !== "table") return printData(options, found);
      print(pc.bold("comes from"));
      printSide(found, "from");
      print(pc.bold("went into"));
      printSide(found, "to");
      if (found.cut) print(pc.dim("There is more than is shown."));
    });
  withExamples(lineage, "trainyard model lineage churn@champion");
}

/** The nodes on one side of the version, each below what it leads to; one that was shown already is not opened again. */
function printSide({ root, nodes, edges }: Lineage, side: "from" | "to"): void {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const other = side === "from" ? "to" : "from";
  const shown = new Set([root]);
  const visit = (id: string, depth: number): void => {
    for (const edge of edges.filter((candidate) => candidate[other] === id)) {
      const node = byId.get(edge[side])!;
      const again = shown.has(node.id);
      const detail = [edge.relation, node.detail].filter(Boolean).join(", ");
      print(`${"  ".repeat(depth)}${node.kind} ${pc.bold(node.label)}  ${pc.dim(again ? "(above)" : detail)}`);
      if (again) continue;
      shown.add(node.id);
      visit(node.id, depth + 1);
    }
  };
  visit(root, 1);
  if (shown.size === 1) print(pc.dim("  nothing that is known"));
}
