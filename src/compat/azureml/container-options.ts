import {
  allowedContainerArguments,
  type ContainerOptions,
  containerArgument,
} from "../../contract/container-options.ts";
import { describe, type Node } from "./document.ts";
import type { Issues, Located } from "./issues.ts";

const mbOf: Record<string, number> = { b: 1 / 1024 ** 2, k: 1 / 1024, m: 1, g: 1024 };

/** Other spellings of what there is, and what steps get in another way. */
const synonyms: Record<string, string> = { h: "hostname" };
const elsewhere: Record<string, string> = {
  gpus: "Say resources.gpus.",
  runtime: "Say resources.gpus.",
  memory: "Say resources.memory_mb.",
  m: "Say resources.memory_mb.",
  cpus: "Say resources.cpus.",
  env: "Write environment_variables.",
  e: "Write environment_variables.",
};
const withoutValue = new Set(["init", "privileged", "rm", "read-only", "tty", "interactive"]);

/** `shm_size` and `docker_args`: how the container of a step is made, if it runs in one. */
export function readContainerOptions(
  { shm_size, docker_args }: { shm_size?: Located<string>; docker_args?: Node },
  issues: Issues,
): ContainerOptions | undefined {
  if (!shm_size && !docker_args) return undefined;
  const options: ContainerOptions = { arguments: [] };
  for (const { name, value, node } of docker_args ? splitArguments(docker_args, issues) : []) {
    if (name === "shm-size") options.shmMb = readSize({ value, at: node.at }, "--shm-size", issues);
    else readArgument(options, { name, value, node }, issues);
  }
  // The field is said last: it counts.
  if (shm_size) options.shmMb = readSize(shm_size, "shm_size", issues) ?? options.shmMb;
  return options;
}

interface Argument {
  name: string;
  value: string;
  node: Node;
}

function readArgument(options: ContainerOptions, { name, value, node }: Argument, issues: Issues): void {
  const written = containerArgument(name, value);
  if (written !== undefined) {
    options.arguments.push(written);
    return;
  }
  const said = `--${name}${value === "" ? "" : `=${value}`}`;
  if (name === "ipc" && value === "host") {
    issues.warn(
      node.at,
      `"${said}" has no effect here: a container has shared memory of its own, as large as shm_size`,
    );
  } else if (Object.hasOwn(elsewhere, name)) {
    issues.warn(node.at, `"${said}" has no effect here`, elsewhere[name]);
  } else {
    const hint = `A step may give ${allowedContainerArguments.join(", ")}; others are for whoever runs the agent to give to every container.`;
    issues.refuse(node.at, "docker_args", `"${said}" in docker_args is not for a step to ask`, hint);
  }
}

function readSize({ value, at }: Located<string>, field: string, issues: Issues): number | undefined {
  const [, number, unit = "b"] = /^(\d+(?:\.\d+)?)\s*([bkmg])?b?$/i.exec(value.trim()) ?? [];
  const mb = Number(number) * mbOf[unit.toLowerCase()]!;
  if (mb > 0) return Math.max(1, Math.round(mb));
  issues.add(at, `"${field}" must be a size such as 2g or 512m, but it is "${value}"`);
  return undefined;
}

/** Text as for a shell, or a list of words. */
function splitArguments(node: Node, issues: Issues): Argument[] {
  const words =
    node.kind === "list"
      ? node.items.flatMap((item) =>
          item.kind === "scalar" ? [{ word: item.text, node: item }] : notWords(item, issues),
        )
      : node.kind === "scalar"
        ? wordsOf(node.text).map((word) => ({ word, node }))
        : notWords(node, issues);
  const found: Argument[] = [];
  for (const { word, node: at } of words) {
    const [, written, glued] = /^--?([A-Za-z][A-Za-z-]*)(?:=(.*))?$/s.exec(word) ?? [];
    const last = found.at(-1);
    if (written !== undefined) {
      const name = Object.hasOwn(synonyms, written) ? synonyms[written]! : written;
      found.push({ name, value: glued ?? "", node: at });
    } else if (last?.value === "" && !withoutValue.has(last.name)) last.value = word;
    else issues.add(at.at, `"${word}" in docker_args belongs to no option`);
  }
  return found;
}

function notWords(node: Node, issues: Issues): [] {
  issues.add(node.at, `"docker_args" must be text or a list of words, but it is ${describe(node)}`);
  return [];
}

/** `-v "a b"` is two words. */
const wordsOf = (text: string): string[] =>
  [...text.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
