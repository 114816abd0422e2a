import { z } from "zod";

const size = /^\d+[bkmg]?$/i;
const count = /^\d{1,9}$/;

/** What a step may say about its container: nothing that opens it to the machine or to other steps. */
const allowed: Record<string, RegExp> = {
  ulimit: /^[a-z]+=-?\d+(:-?\d+)?$/,
  "pids-limit": /^[1-9]\d{0,8}$/,
  "memory-swap": size,
  "memory-reservation": size,
  "memory-swappiness": count,
  "cpu-shares": count,
  "cpuset-cpus": /^\d+([-,]\d+)*$/,
  "oom-score-adj": /^\d{1,4}$/,
  tmpfs: /^\/[^:,\s]*(:(rw|noexec|exec|nosuid|nodev|size=\d+[bkmg]?|mode=\d+|,)+)?$/,
  hostname: /^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$/,
  "cap-drop": /^[A-Z_]+$/i,
  init: /^(true)?$/,
  ipc: /^(private|none)$/,
};

export const allowedContainerArguments: readonly string[] = Object.keys(allowed);

/** `--name=value`, `--name` for one without a value; undefined when it is not one that a step may give. */
export function containerArgument(name: string, value: string): string | undefined {
  if (!Object.hasOwn(allowed, name) || !allowed[name]!.test(value)) return undefined;
  return value === "" ? `--${name}` : `--${name}=${value}`;
}

const isAllowed = (written: string): boolean => {
  const [, name = "", value = ""] = /^--([a-z-]+)(?:=(.*))?$/s.exec(written) ?? [];
  return containerArgument(name, value) !== undefined;
};

/** Of a step that runs in a container; without meaning for one that runs as a process. */
export const containerOptionsSchema = z.strictObject({
  /** Size of `/dev/shm`; 2048 unless it says otherwise. */
  shmMb: z.number().int().min(1).max(100_000_000).optional(),
  /** Arguments for the engine that runs it: `--ulimit=memlock=-1`. */
  arguments: z
    .array(
      z
        .string()
        .max(1000)
        .refine(isAllowed, {
          error: `it is none of what a step may ask of its container: ${allowedContainerArguments.join(", ")}`,
        }),
    )
    .max(50)
    .default([]),
});
export type ContainerOptions = z.infer<typeof containerOptionsSchema>;
