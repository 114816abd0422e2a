import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { Problem } from "../contract/errors.ts";

const gpu = String.raw`(\d{1,3}(-\d{1,3})?|(GPU|MIG)-[\w/-]+)`;
/** `0,1`, `0-3`, `GPU-5c89852c`, `none` */
const gpusPattern = new RegExp(`^(none|${gpu}(\\s*,\\s*${gpu})*)?$`);

/** Every setting there is. Each can be given as a flag of `trainyard up`, or as an environment variable. */
export const configSchema = z.strictObject({
  home: z
    .string()
    .default(join(homedir(), ".trainyard"))
    .transform((path) => resolve(path))
    .describe("Folder of everything that one installation keeps: database, blobs, keys, environments"),
  host: z.string().default("127.0.0.1").describe("Address to listen on; loopback unless told otherwise"),
  port: z.coerce.number().int().min(0).max(65_535).default(8600).describe("Port of API and Studio; 0 picks a free one"),
  servingPort: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe("Port of the local serving node; 0 picks a free one, which then stays the same"),
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "a database URL starts with postgres:// or postgresql://")
    .optional()
    .describe("PostgreSQL address; without it, SQLite in the home folder"),
  publicUrl: z.url().optional().describe("Address under which people reach the server, for links"),
  allowedHosts: z
    .string()
    .default("")
    .describe("Further host names that requests may be addressed to, separated by commas"),
  logLevel: z.enum(["debug", "info", "warn", "error"]).default("info").describe("Least important log lines to write"),
  agentSlots: z.coerce
    .number()
    .int()
    .min(0)
    .max(64)
    .default(2)
    .describe("Steps that the local agent runs at once; 0 starts no local agent"),
  agentComputes: z
    .string()
    .default("")
    .describe("Computes that the local agent serves, separated by commas; by default every one that is not dedicated"),
  agentGpus: z
    .string()
    .regex(gpusPattern, "name devices by number or UUID, such as 0,1 or 0-3, or say none")
    .default("")
    .describe("GPUs that the local agent gives to steps: 0,1 or 0-3 or none; by default those that nvidia-smi lists"),
  containersEngine: z
    .string()
    .default("")
    .describe("Program that runs containers, with its own arguments; by default podman or docker, whichever there is"),
  containersArguments: z.string().default("").describe("Further arguments of every container that a step runs in"),
  containersNetwork: z
    .string()
    .default("")
    .describe("Network of containers that may reach one; by default what the engine does by itself"),
  containersBuildArguments: z.string().default("").describe("Further arguments of every build of an image"),
  allowPrivateWebhooks: z
    .union([z.boolean(), z.stringbool()])
    .default(false)
    .describe("true: webhooks may also go to this machine and to private networks"),
  urlFolders: z
    .string()
    .default("")
    .describe("Folders that hold what lies at URLs: <URL>=<folder>, :rw behind it to write there; separated by blanks"),
  urlDownloads: z
    .enum(["off", "public", "any"])
    .default("public")
    .describe(
      "From where inputs of jobs and data may be downloaded: nowhere, the public internet, private networks too",
    ),
  failpoints: z.string().default("").describe("Points at which the server crashes itself, for tests: name=crash@3"),
});
export type Config = z.output<typeof configSchema>;

/** `agentSlots` → `TRAINYARD_AGENT_SLOTS` */
export const environmentVariableOf = (key: string): string =>
  `TRAINYARD_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** What our own processes find in their environment: no setting of the server, whose database may have a password. */
export function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const settings = new Set(Object.keys(configSchema.shape).map(environmentVariableOf));
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !settings.has(name)));
}

/** `agentSlots` → `--agent-slots` */
export const flagOf = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Flags win over environment variables, these over defaults. The only place that reads the environment. */
export function readConfig(flags: Record<string, unknown>, environment: NodeJS.ProcessEnv = process.env): Config {
  const given: Record<string, unknown> = {};
  for (const key of Object.keys(configSchema.shape)) {
    const value = flags[key] ?? environment[environmentVariableOf(key)];
    if (value !== undefined && value !== "") given[key] = value;
  }
  const parsed = configSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new Problem("invalid", "The configuration is not valid.", {
    issues: parsed.error.issues.map((issue) => {
      const key = String(issue.path[0]);
      return { at: `${flagOf(key)} / ${environmentVariableOf(key)}`, message: issue.message };
    }),
    hint: "See docs/configuration.md for every setting.",
  });
}
