import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { cgroupPrefix } from "../../../src/agent/compute/local.ts";
import { mountsBelow } from "../../../src/platform/mounts.ts";
import { findCgroupRoot } from "../../../src/platform/process/cgroup.ts";

/** What an installation keeps in its home. Whatever else is there was left behind. */
const kept = [
  /^(trainyard|lock)\.db$/,
  /^(home|server|credentials)\.json$/,
  /^(server|agent|serving)\.log$/,
  /^secret\.key$/,
  /^blobs\/[0-9a-f]{2}\/[0-9a-f]{62}$/,
  /^agent\/agent\.json$/,
  /^agent\/tools\/node$/,
  /^agent\/cache\/[\w-]+\/[0-9a-f]{2}\/[0-9a-f]{62}$/,
  /^agent\/environments\/[0-9a-f]{32}\//,
  /^serving\/(lock\.db|(node|control|desired)\.json)$/,
  /^serving\/(compile-cache|spool)\//,
  /^serving\/models\/[0-9a-f]{64}\//,
];

/** Processes, mounts, control groups and files that an installation that was stopped in order left behind. */
export async function remainsOf(home: string): Promise<string[]> {
  return [
    ...processesOf(home),
    ...mountsBelow(home).map((place) => `mount ${place}`),
    ...cgroupsOf(join(home, "agent")).map((name) => `control group ${name}`),
    ...filesBelow(home)
      .map((path) => relative(home, path))
      .filter((path) => !kept.some((pattern) => pattern.test(path)))
      .map((path) => `file ${path}`),
    ...foldersBelow(join(home, "agent", "work")).map((path) => `folder ${path}`),
  ];
}

/** Processes that know the folder: by their command line, environment, working folder or marks. */
export function processesOf(folder: string): string[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .flatMap((pid) => {
      const of = (what: () => string) => {
        try {
          return what();
        } catch {
          return "";
        }
      };
      const line = of(() => readFileSync(`/proc/${pid}/cmdline`, "latin1"));
      const known = [
        line,
        of(() => readFileSync(`/proc/${pid}/environ`, "latin1")),
        of(() => readlinkSync(`/proc/${pid}/cwd`)),
      ];
      return known.some((text) => text.includes(folder)) ? [`process ${pid}: ${line.replaceAll("\0", " ")}`] : [];
    });
}

const cgroupsOf = (agentHome: string): string[] => {
  const root = findCgroupRoot();
  return root === null ? [] : readdirSync(root).filter((name) => name.startsWith(cgroupPrefix(agentHome)));
};

const entriesBelow = (folder: string) =>
  existsSync(folder) ? readdirSync(folder, { withFileTypes: true, recursive: true }) : [];

const filesBelow = (folder: string): string[] =>
  entriesBelow(folder)
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));

const foldersBelow = (folder: string): string[] => entriesBelow(folder).map(({ name }) => name);
