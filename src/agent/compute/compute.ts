import type { ContainerOptions } from "../../contract/container-options.ts";
import type { OnOutput } from "../../platform/process/lines.ts";
import type { Outcome } from "../../platform/process/run.ts";

/** A command to run for a step. Paths are those of the agent's machine, and hold inside too. */
export interface Launch {
  /** Different for each attempt of each step of each agent. */
  id: string;
  /** A line for the shell. */
  command: string;
  /** Folder of everything that belongs to the step. */
  folder: string;
  /** Where the command starts. */
  code: string;
  /** Folders that the command reads and does not change. */
  readOnly: string[];
  environment: Record<string, string>;
  image: string | null;
  /** In a container: may it reach the network, rather than only the server? */
  network: boolean;
  /** How its container is made, where it runs in one. */
  container: ContainerOptions | null;
  resources: { cpus: number; memoryMb: number };
  /** Devices of the machine that are its own while it runs, by number or UUID. */
  gpus: readonly string[];
  /** CPUs that it may use at most; null: all that there are. */
  cpuLimit: number | null;
  signal: AbortSignal;
  onLine: OnOutput;
  /** The agent has something to say about the step. */
  onNote(text: string): void;
  /** It runs; `pids` finds all of its processes, by their numbers on the agent's machine. */
  onStart?(pids: () => Promise<number[]>): void;
  /** Between asking it to end and ending it. */
  graceMs?: number;
}

/** Why it ended, when that is not the command's own doing. */
export interface Ending extends Outcome {
  because?: string;
}

/**
 * Something that steps run on. Whatever it is, `conformance.ts` says what it must do: one suite for all.
 * Kubernetes, Ray and Spark come in here.
 */
export interface StepCompute {
  /** Runs a command to its end. Nothing of it is left afterwards: no process, no container, no mount. */
  run(launch: Launch): Promise<Ending>;
  /** Ends what runs, also what an agent of this home that died left. */
  cleanUp(): Promise<void>;
}
