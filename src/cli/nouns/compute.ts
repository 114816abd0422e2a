import { computeKinds, type Limit, plannedComputeKinds } from "../../contract/compute.ts";
import { invalid } from "../../contract/errors.ts";
import { readAssetFile } from "../asset-file.ts";
import { type Connection, connect } from "../connection.ts";
import { print, printFacts, printList, time } from "../output.ts";
import { addNoun, type Command, globalOptions, withExamples } from "../program.ts";

interface LimitFlags {
  steps?: string;
  cpus?: string;
  memory?: string;
  gpus?: string;
}

export function addCompute(program: Command): void {
  const noun = addNoun(program, "compute", "what steps run on");
  addLook(noun);
  addChange(noun);
  addQuota(noun);
}

function addLook(noun: Command): void {
  noun
    .command("list")
    .description("list computes with what runs on them")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const { items } = await client.compute.list({ params });
      printList(
        options,
        items,
        [
          { title: "name", of: (compute) => compute.name },
          { title: "kind", of: (compute) => compute.kind },
          { title: "agents", of: (compute) => compute.agents.length },
          { title: "running", of: (compute) => compute.load.steps },
          { title: "queued", of: (compute) => compute.queued },
          { title: "cpus in use", of: (compute) => compute.load.cpus },
          { title: "limit", of: (compute) => limitText(compute.limit) },
        ],
        "",
      );
    });
  noun
    .command("show <name>")
    .description("a compute with its agents")
    .action(async (name: string, _, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const compute = await client.compute.get({ params: { ...params, name } });
      printFacts(options, compute, [
        ["compute", compute.name],
        ["kind", compute.kind],
        ["description", compute.description],
        ["limit", limitText(compute.limit)],
        ["agents", compute.dedicated ? "only those started for it" : "every one that is not started for others"],
        ["network", compute.kind === "container" ? (compute.network ? "open" : "this server only") : null],
        ["running", `${compute.load.steps} steps, ${compute.load.cpus} cpus, ${compute.load.memoryMb} MB set aside`],
        ["queued", compute.queued],
      ]);
      if (options.output !== "table") return;
      print("");
      printList(
        options,
        compute.agents,
        [
          { title: "agent", of: (agent) => agent.id },
          { title: "slots", of: (agent) => `${agent.running} of ${agent.slots} in use` },
          { title: "cpus", of: (agent) => agent.total.cpus },
          { title: "memory MB", of: (agent) => agent.total.memoryMb },
          { title: "gpus", of: (agent) => agent.total.gpus },
          { title: "containers", of: (agent) => agent.containerEngine ?? "no" },
          { title: "seen", of: (agent) => time(agent.lastSeenAt) },
        ],
        "No agent serves it now.",
      );
    });
}

const withLimits = (command: Command): Command =>
  command
    .option("--steps <n>", "most steps at once, or none")
    .option("--cpus <n>", "most CPUs at once, or none")
    .option("--memory <mb>", "most megabytes of memory at once, or none")
    .option("--gpus <n>", "most GPUs at once, or none");

interface CreateFlags extends LimitFlags {
  file?: string;
  kind: (typeof computeKinds)[number];
  description: string;
  dedicated: boolean;
  network: boolean;
}

function addChange(noun: Command): void {
  const create = withLimits(noun.command("create [name]").description("name something to run steps on"))
    .option("-f, --file <yaml>", "a compute's YAML file instead of a name and flags")
    .option("--kind <kind>", `${computeKinds.join(" or ")} (not yet: ${plannedComputeKinds.join(", ")})`, "local")
    .option("--description <text>", "what it is for", "")
    .option("--dedicated", "only agents started for it serve it", false)
    .option("--network", "steps in containers may reach the network", false)
    .action(async (name: string | undefined, flags: CreateFlags, command: Command) => {
      const connection = connect(globalOptions(command));
      const body = flags.file === undefined ? fromFlags(name, flags) : await fromFile(connection, flags.file);
      await connection.client.compute.create({ body });
      print(`compute ${body.name}`);
    });
  withExamples(
    create,
    "trainyard compute create cpu-cluster --cpus 8 --steps 4",
    "trainyard compute create boxes --kind container --network",
    "trainyard compute create -f compute.yml",
  );
  noun
    .command("delete <name>")
    .description("delete a compute that nothing runs on")
    .action(async (name: string, _, command: Command) => {
      const { client } = connect(globalOptions(command));
      await client.compute.delete({ params: { name } });
      print(`compute ${name} deleted`);
    });
}

function fromFlags(name: string | undefined, flags: CreateFlags) {
  if (name === undefined) throw invalid("Give a name, or a file with -f.");
  const { kind, description, dedicated, network } = flags;
  return { name, kind, description, dedicated, network, limit: readLimit(flags) };
}

async function fromFile(connection: Connection, file: string) {
  const { asset } = await readAssetFile(connection, file, "compute");
  return { name: asset.name, description: asset.description, ...asset.compute };
}

function addQuota(noun: Command): void {
  const quota = withLimits(noun.command("quota").description("show or change what of a workspace runs at once"))
    .option("--weight <n>", "share of the workspace when there is not room for all")
    .option("--default <compute>", "where steps run that name no known compute")
    .action(async (flags: LimitFlags & { weight?: string; default?: string }, command: Command) => {
      const options = globalOptions(command);
      const { client, params } = connect(options);
      const weight = flags.weight === undefined ? undefined : Number(flags.weight);
      const body = { limit: readLimit(flags), weight, defaultCompute: flags.default };
      const changes = Object.keys(body.limit).length > 0 || weight !== undefined || flags.default !== undefined;
      const now = changes ? await client.compute.setQuota({ params, body }) : await client.compute.quota({ params });
      printFacts(options, now, [
        ["workspace", params.workspace],
        ["limit", limitText(now.limit) || "none"],
        ["weight", now.weight],
        ["default compute", now.defaultCompute],
        ["running", `${now.load.steps} steps, ${now.load.cpus} cpus`],
      ]);
    });
  withExamples(quota, "trainyard compute quota", "trainyard compute quota --steps 4 --cpus none --weight 2");
}

/** `{ steps: "4", cpus: "none" }` → `{ steps: 4, cpus: null }`; what is not named is left out. */
function readLimit(flags: LimitFlags): Partial<Limit> {
  const read = (flag: string, value: string | undefined): number | null | undefined => {
    if (value === undefined) return undefined;
    if (value === "none") return null;
    if (!/^\d+(\.\d+)?$/.test(value)) throw invalid(`--${flag} takes a number or none, not "${value}".`);
    return Number(value);
  };
  const { steps, cpus, memory, gpus } = flags;
  const limit = {
    ...{ steps: read("steps", steps), cpus: read("cpus", cpus) },
    ...{ memoryMb: read("memory", memory), gpus: read("gpus", gpus) },
  };
  return Object.fromEntries(Object.entries(limit).filter(([, value]) => value !== undefined));
}

function limitText({ steps, cpus, memoryMb, gpus }: Limit): string {
  const parts = [
    steps !== null && `${steps} steps`,
    cpus !== null && `${cpus} cpus`,
    memoryMb !== null && `${memoryMb} MB`,
    gpus !== null && `${gpus} gpus`,
  ];
  return parts.filter(Boolean).join(", ");
}
