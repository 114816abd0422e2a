import type { ClaimedTask } from "../contract/agent.ts";
import type { Client } from "../contract/client.ts";
import type { ComputeKind } from "../contract/compute.ts";
import type { Clock } from "../platform/clock.ts";
import type { Log } from "../platform/log.ts";
import type { BlobCaches } from "../platform/transfer/cache.ts";
import type { StepCompute } from "./compute/compute.ts";
import type { Images } from "./compute/images.ts";
import type { Environments } from "./environment/environments.ts";
import type { GpuPool } from "./gpu/pool.ts";
import type { TaskLog } from "./log/task-log.ts";

export interface Agent {
  id: string;
  controlUrl: string;
  home: string;
  slots: number;
  /** What containers of its machine are made of. */
  images: Images;
  /** What its machine has for steps. */
  containerEngine: string | null;
  total: { cpus: number; memoryMb: number; gpus: number };
  gpus: GpuPool;
  /** The computes that it was started for; null: every one that is not dedicated. */
  serves: string[] | null;
  client: Client;
  environments: Environments;
  /** What it has of blobs already. */
  caches: BlobCaches;
  computes: Record<ComputeKind, StepCompute>;
  /** Environment variable that every process of this agent carries. */
  marker: string;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

/** One claimed task while it runs. */
export interface Work {
  claim: ClaimedTask;
  /** With the task's own token. */
  client: Client;
  log: TaskLog;
  /** Aborts when the lease is lost, the job cancelled, the time over or the agent stopped. */
  signal: AbortSignal;
}
