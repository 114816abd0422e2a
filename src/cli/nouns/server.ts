import { InvalidArgumentError, Option } from "commander";
import pc from "picocolors";
import { sleep } from "../../platform/clock.ts";
import { configSchema, environmentVariableOf, flagOf, readConfig } from "../../platform/config.ts";
import { findRunningServer } from "../../server/home.ts";
import { findServingProcess, stopLocalServing } from "../../server/local-serving.ts";
import { connect } from "../connection.ts";
import { runDemo } from "../demo/demo.ts";
import { examine } from "../doctor.ts";
import { Unsuccessful } from "../failure.ts";
import { print, printData, printFacts, printList, state } from "../output.ts";
import { type Command, globalOptions, withExamples } from "../program.ts";

export function addServer(program: Command): void {
  addUp(program);
  addDown(program);
  addStatus(program);
  const demo = program
    .command("demo")
    .description("the whole story on real data: train, release, serve, drift, retrain")
    .option("--exit", "stop the server and exit after the story, with a code that tells the truth")
    .option("--no-color", "plain text")
    .action(async (flags: { exit?: boolean }, command: Command) => {
      const { home } = command.optsWithGlobals() as { home?: string };
      await runDemo({ home, exit: flags.exit ?? false });
    });
  withExamples(demo, "trainyard demo", "trainyard demo --exit --home /tmp/demo");
  program
    .command("doctor")
    .description("look for what is missing on this machine, and say how to get it")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const findings = await examine(readConfig({ home: options.home }).home);
      printList(
        options,
        findings,
        [
          {
            title: "",
            of: (finding) => ({ good: pc.green("✓"), missing: pc.yellow("!"), bad: pc.red("✗") })[finding.verdict],
          },
          { title: "what", of: (finding) => finding.what },
          { title: "found", of: (finding) => finding.found },
          { title: "what to do", of: (finding) => finding.advice },
        ],
        "",
      );
      if (findings.some((finding) => finding.verdict === "bad")) throw new Unsuccessful("");
    });
}

/** A flag for every setting of the configuration, so that there is one list of them. */
function addUp(program: Command): void {
  const up = program.command("up").description("start the server, its agent and its serving node");
  for (const [key, schema] of Object.entries(configSchema.shape)) {
    if (key === "home") continue;
    const option = new Option(`${flagOf(key)} <value>`, `${schema.description ?? key} (${environmentVariableOf(key)})`);
    option.argParser((value: string) => {
      const parsed = schema.safeParse(value);
      if (!parsed.success) throw new InvalidArgumentError(parsed.error.issues[0]?.message ?? "not valid");
      return value;
    });
    up.addOption(option);
  }
  up.action(async (_, command: Command) => {
    const options = command.optsWithGlobals() as Record<string, unknown> & { output: string };
    const config = readConfig(options);
    // Loaded on demand: no other command needs a server inside.
    const { startServer } = await import("../../server/start.ts");
    const server = await startServer(config);
    if (options.output === "json") {
      process.stdout.write(
        `${JSON.stringify({ url: server.url, signInUrl: server.signInUrl, home: config.home, pid: process.pid })}\n`,
      );
    } else {
      print(`${pc.bold("Trainyard")}  ${pc.dim(config.home)}`);
      if (server.signInUrl) print(`Sign in to Studio, once, with ${pc.cyan(server.signInUrl)}`);
      else print(pc.dim("For a link to Studio: trainyard sign-in"));
      print(server.url);
    }
    await untilStopped(server.stop);
  });
  withExamples(up, "trainyard up", "trainyard up --home /srv/trainyard --port 0 --output json");
}

/** Waits for a signal, then stops in order; a second signal stops at once. */
async function untilStopped(stop: () => Promise<void>): Promise<void> {
  let stopping = false;
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (stopping) process.exit(1);
        stopping = true;
        resolve();
      });
    }
  });
  await stop();
  process.exit(0);
}

function addDown(program: Command): void {
  program
    .command("down")
    .description("stop the server of the home folder, and its serving node")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { home } = readConfig({ home: options.home });
      print((await stopServer(home)) ? "Stopped." : "No server runs for this home folder.");
    });
}

/** Stops what runs for a home folder; false when nothing did. */
export async function stopServer(home: string): Promise<boolean> {
  const server = await findRunningServer(home);
  const serving = await findServingProcess(`${home}/serving`);
  if (server) {
    process.kill(server.pid, "SIGTERM");
    for (let waited = 0; waited < 20_000 && (await findRunningServer(home)); waited += 100) await sleep(100);
    if (await findRunningServer(home)) process.kill(server.pid, "SIGKILL");
  }
  // A server that died has left it behind.
  await stopLocalServing(`${home}/serving`);
  return server !== undefined || serving !== undefined;
}

function addStatus(program: Command): void {
  program
    .command("status")
    .description("does the server run, and how does it do")
    .action(async (_, command: Command) => {
      const options = globalOptions(command);
      const { home } = readConfig({ home: options.home });
      const isRemote = options.url !== undefined || process.env.TRAINYARD_URL !== undefined;
      if (!isRemote && !(await findRunningServer(home))) {
        if (options.output !== "table") printData(options, { running: false, home });
        throw new Unsuccessful(
          options.output === "table" ? `No server runs for ${home}. Start one with \`trainyard up\`.` : "",
        );
      }
      const connection = connect(options);
      const status = await connection.client.system.status();
      printFacts(options, { running: true, url: connection.url, ...status }, [
        ["server", `${state("running")} ${connection.url}`],
        ["version", status.version],
        ["database", status.database],
        ["home", status.home],
        ["memory", `${Math.round(status.memory / 1024 / 1024)} MB`],
        ["serving", status.servingUrl ?? pc.dim("no serving node")],
        [
          "agents",
          status.agents.map((agent) => `${agent.id} (${agent.runningTasks} tasks)`).join(", ") || pc.dim("none"),
        ],
        ["queued tasks", status.queuedTasks],
      ]);
    });
}
