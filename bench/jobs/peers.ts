import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonWith } from "../../test/support/python.ts";
import type { Graph } from "./graphs.ts";

const programs = fileURLToPath(new URL("./peers", import.meta.url));

export interface Peer {
  name: string;
  packages: string[];
  program: string;
  /** `home`: a folder of its own for what the tool keeps. */
  environment(home: string): Record<string, string>;
}

const dagster = (executor: "multiprocess" | "in_process"): Peer => ({
  name: `Dagster, ${executor}`,
  packages: ["dagster==1.13.29"],
  program: "dagster_run.py",
  environment: (home) => ({ DAGSTER_HOME: home, DAGSTER_DISABLE_TELEMETRY: "1", BENCH_EXECUTOR: executor }),
});

/** Each as its documentation runs a pipeline on one machine, with two workers where it asks for a number. */
export const peers: Peer[] = [
  {
    name: "Metaflow",
    packages: ["metaflow==2.19.39"],
    program: "metaflow_run.py",
    environment: (home) => ({ METAFLOW_DATASTORE_SYSROOT_LOCAL: home, METAFLOW_HOME: home }),
  },
  dagster("multiprocess"),
  dagster("in_process"),
  {
    name: "Prefect",
    // A later FastAPI refuses what this Prefect's server asks of it.
    packages: ["prefect==3.4.25", "fastapi==0.115.14"],
    program: "prefect_run.py",
    environment: (home) => ({
      ...{ PREFECT_HOME: home, PREFECT_SERVER_ANALYTICS_ENABLED: "false", PREFECT_LOGGING_LEVEL: "ERROR" },
      ...{ DO_NOT_TRACK: "1" },
    }),
  },
  {
    name: "ZenML",
    packages: ["zenml[local]==0.98.0"],
    program: "zenml_run.py",
    environment: (home) => ({
      ...{ ZENML_CONFIG_PATH: home, ZENML_ANALYTICS_OPT_IN: "false", ZENML_LOGGING_VERBOSITY: "ERROR" },
      ...{ AUTO_OPEN_DASHBOARD: "false" },
    }),
  },
];

/** Seconds from the start of the run to its end, the start of Python apart; undefined when the limit was reached. */
export async function runPeer(peer: Peer, graph: Graph, shape: string, limit: number): Promise<number | undefined> {
  const python = await pythonWith("bench-jobs", peer.packages);
  const folder = mkdtempSync(join(tmpdir(), "trainyard-bench-peer-"));
  const file = join(folder, "graph.json");
  writeFileSync(file, JSON.stringify(graph));
  try {
    const child = spawn(python, [join(programs, peer.program), file, shape], {
      cwd: folder,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PYTHONPATH: programs, PYTHONDONTWRITEBYTECODE: "1", ...peer.environment(folder) },
    });
    let output = "";
    let errors = "";
    child.stdout.on("data", (part) => (output += part));
    child.stderr.on("data", (part) => (errors = (errors + part).slice(-4000)));
    let isOver = false;
    const timer = setTimeout(() => {
      isOver = true;
      process.kill(-child.pid!, "SIGKILL");
    }, limit * 1000);
    const code = await new Promise((resolve) => child.once("close", resolve));
    clearTimeout(timer);
    if (isOver) return undefined;
    const last = output.trim().split("\n").at(-1) ?? "";
    if (code !== 0) throw new Error(`${peer.name} ended with ${code}: ${errors || output.slice(-2000)}`);
    return (JSON.parse(last) as { wall: number }).wall;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
