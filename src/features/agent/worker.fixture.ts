import type { ClaimedTask } from "../../contract/agent.ts";
import type { Client } from "../../contract/client.ts";
import type { TreeFile } from "../../contract/common.ts";
import { sha256 } from "../../platform/digest.ts";

/** An agent in a test: it claims over the API and says what it is told to say. */
export interface Worker {
  /** Takes one task; fails when none comes in time. */
  claim(kind?: "step" | "environment", waitMs?: number): Promise<ClaimedTask>;
  /** Is there nothing to do? */
  finds(kind?: "step" | "environment"): Promise<number>;
  /** Stores files as outputs and reports success. */
  complete(task: ClaimedTask, outputs?: Record<string, Record<string, string>>): Promise<void>;
  fail(task: ClaimedTask, message: string, more?: { fault?: "user" | "system"; retryable?: boolean }): Promise<void>;
  log(task: ClaimedTask, offset: number, texts: string[]): Promise<void>;
}

export const leaseOf = ({ execution, task, epoch }: ClaimedTask) => ({ execution, task, epoch });

/** `owner` stores what the worker makes. */
export function createWorker(agent: Client, owner: Client, name = "worker"): Worker {
  const take = (kind: string, max: number, waitMs: number) =>
    agent.agent.claim({ body: { agent: name, kinds: [kind], max, waitMs } });
  return {
    async claim(kind = "step", waitMs = 10_000) {
      const { tasks } = await take(kind, 1, waitMs);
      if (!tasks[0]) throw new Error(`there was no ${kind} to claim`);
      return tasks[0];
    },
    finds: async (kind = "step") => (await take(kind, 100, 300)).tasks.length,
    async complete(task, outputs = {}) {
      const stored: Record<string, unknown> = {};
      for (const [output, content] of Object.entries(outputs)) {
        const files: TreeFile[] = [];
        for (const [path, text] of Object.entries(content)) {
          const body = new TextEncoder().encode(text);
          const params = { workspace: task.workspace, digest: sha256(body) };
          files.push({ path, ...(await owner.blob.put({ params, body })) });
        }
        const { digest } = await owner.blob.createTree({ params: { workspace: task.workspace }, body: { files } });
        stored[output] = { digest, files: files.length, size: files.reduce((sum, file) => sum + file.size, 0) };
      }
      await agent.agent.complete({ body: { ...leaseOf(task), result: { outputs: stored } } });
    },
    async fail(task, message, { fault = "user", retryable = true } = {}) {
      await agent.agent.fail({ body: { ...leaseOf(task), message, fault, retryable } });
    },
    async log(task, offset, texts) {
      const lines = texts.map((text) => ({ at: 1, stream: "stdout" as const, text }));
      await agent.agent.log({ body: { ...leaseOf(task), offset, lines } });
    },
  };
}
