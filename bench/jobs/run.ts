/**
 * Runs graphs of steps that do nothing on Trainyard and on its peers, on this machine, and prints a table.
 *
 *     npm run bench:jobs -- [--only trainyard,prefect] [--wide 1000] [--limit 900]
 *
 * `--limit`: seconds after which a peer's run is ended; the table then says more than that.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { chain, diamonds, type Graph, wide } from "./graphs.ts";
import { peers, runPeer } from "./peers.ts";
import { type Measured, withTrainyard } from "./trainyard.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    wide: { type: "string", default: "1000" },
    limit: { type: "string", default: "900" },
    planned: { type: "string", default: "10000" },
  },
});
const wanted = values.only?.toLowerCase().split(",");
const isWanted = (name: string) => !wanted || wanted.some((word) => name.toLowerCase().startsWith(word));
const graphs: [name: string, shape: string, graph: Graph][] = [
  [`${values.wide} beside each other`, "wide", wide(Number(values.wide))],
  ["a chain of 100", "chain", chain(100)],
  ["10 × (1 → 10 → 1)", "diamonds", diamonds(10, 10)],
];

const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

console.log(`Load of the machine at the start: ${loadavg()[0]!.toFixed(1)}`);
const seconds = new Map<string, Map<string, number | undefined>>();
const keep = (tool: string, graph: string, wall: number | undefined) => {
  seconds.set(tool, (seconds.get(tool) ?? new Map()).set(graph, wall));
  console.log(`${tool}: ${graph}: ${wall === undefined ? `more than ${values.limit}` : wall.toFixed(2)} s`);
};

if (isWanted("Trainyard")) {
  await withTrainyard(async (run) => {
    await run(wide(10), "warm");
    for (const [name, , graph] of graphs) {
      const measured = await run(graph, name);
      keep("Trainyard", name, measured.wall / 1000);
      describe(measured, graph);
    }
    const { submit, first } = await run(wide(Number(values.planned)), "plan", { untilFirst: true });
    console.log(
      `  a pipeline of ${values.planned}: submitted in ${ms(submit)}, its first step runs after ${ms(first)}`,
    );
  });
}
for (const peer of peers.filter(({ name }) => isWanted(name))) {
  for (const [name, shape, graph] of graphs) {
    try {
      keep(peer.name, name, await runPeer(peer, graph, shape, Number(values.limit)));
    } catch (error) {
      console.log(`${peer.name}: ${name}: ${(error as Error).message}`);
    }
  }
}
printTable();

/** What a step costs besides its command: from its claim until its result is recorded, less what `true` takes in a shell. */
function describe({ steps, cpu, submit }: Measured, graph: Graph): void {
  const ended = new Map(steps.map(({ name, endedAt }) => [name, endedAt]));
  const took = steps.map(({ startedAt, endedAt }) => endedAt - startedAt).sort((a, b) => a - b);
  const waited = steps
    .filter(({ name }) => (graph[name]?.length ?? 0) > 0)
    .map(({ name, startedAt }) => startedAt - Math.max(...graph[name]!.map((need) => ended.get(need)!)))
    .sort((a, b) => a - b);
  const at = (sorted: number[], share: number) => ms(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  console.log(`  submitted in ${ms(submit)}; claimed to recorded p50 ${at(took, 0.5)}, p99 ${at(took, 0.99)}`);
  if (waited.length > 0) {
    console.log(`  from the end of what it needs to its claim p50 ${at(waited, 0.5)}, p99 ${at(waited, 0.99)}`);
  }
  const each = (total: number) => ms(total / steps.length);
  console.log(`  CPU a step: server and agent ${each(cpu.own)}, its processes ${each(cpu.steps)}`);
}

function printTable(): void {
  const ours = seconds.get("Trainyard");
  console.log(`\n| tool | ${graphs.map(([name]) => name).join(" | ")} |`);
  console.log(`|---|${graphs.map(() => "---:|").join("")}`);
  for (const [tool, walls] of seconds) {
    const cells = graphs.map(([name]) => {
      const wall = walls.get(name);
      if (!walls.has(name)) return "failed";
      if (wall === undefined) return `> ${values.limit} s`;
      const mine = ours?.get(name);
      const ratio = mine && tool !== "Trainyard" ? ` (${(wall / mine).toFixed(1)}×)` : "";
      return `${wall.toFixed(2)} s${ratio}`;
    });
    console.log(`| ${tool} | ${cells.join(" | ")} |`);
  }
}
