import { access, constants, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { quoted } from "../../platform/process/quoted.ts";
import type { Environments } from "../environment/environments.ts";
import { StepFailed } from "../failure.ts";

/** What waits for a debugger in Python. */
const debugpy = "debugpy==1.8.22";

interface Wanted {
  port: number;
  /** Of the step; `debug` in it is ours. */
  folder: string;
  command: string;
  /** The PATH that the step has without us. */
  path: string;
  environments: Environments;
  signal: AbortSignal;
  note(text: string): void;
}

/**
 * Makes programs that stand before the real ones in the step's PATH, so that the first Python or Node that the command
 * starts by name waits for a debugger, whatever the command looks like. Gives the folder to put first.
 */
export async function awaitDebugger(wanted: Wanted): Promise<string> {
  const { port, folder, path } = wanted;
  const place = join(folder, "debug");
  await mkdir(place);
  const python = (await findProgram("python", path)) ?? (await findProgram("python3", path));
  const node = await findProgram("node", path);
  const isNode = /\bnode\b|\.[cm]?[jt]s\b/.test(wanted.command);
  if (python && !(isNode && !/\bpython/.test(wanted.command))) {
    const progress = { signal: wanted.signal, onLine: wanted.note };
    const packages = await wanted.environments.addOn(debugpy, python, progress);
    for (const name of ["python", "python3"]) {
      await writeProgram(join(place, name), pythonProgram({ python, packages, port, taken: join(place, "taken") }));
    }
    for (const line of pythonNotes(port, join(folder, "code"))) wanted.note(line);
  }
  if (node) {
    await writeProgram(join(place, "node"), nodeProgram({ node, port, taken: join(place, "taken") }));
    if (isNode) for (const line of nodeNotes(port)) wanted.note(line);
  }
  if (!python && !node) {
    throw new StepFailed("There is no python and no node in the step's environment to attach a debugger to.", {
      retryable: false,
    });
  }
  return place;
}

const writeProgram = (path: string, text: string): Promise<void> => writeFile(path, text, { mode: 0o755 });

async function findProgram(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, name);
    if (
      await access(candidate, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return candidate;
  }
  return undefined;
}

/** Options of the interpreter stay in front of debugpy's; what runs no program of the user's is left alone. */
export const pythonProgram = (at: {
  python: string;
  packages: string;
  port: number;
  taken: string;
}): string => `#!/bin/sh
real=${quoted(at.python)}
options=
while [ "$#" -gt 0 ]; do
  case "$1" in
    -u|-B|-b|-bb|-d|-O|-OO|-q|-s|-S|-v|-X?*|-W?*) options="$options $1"; shift ;;
    *) break ;;
  esac
done
case "\${1:-} \${2:-}" in
  "-m pip"|"-m venv") exec "$real" $options "$@" ;;
  "-m "?*|"-c "*) ;;
  -*|" "*) exec "$real" $options "$@" ;;
esac
mkdir ${quoted(at.taken)} 2>/dev/null || exec "$real" $options "$@"
export PYTHONPATH=${quoted(at.packages)}"\${PYTHONPATH:+:$PYTHONPATH}"
export PYDEVD_DISABLE_FILE_VALIDATION=1
exec "$real" -Xfrozen_modules=off $options -m debugpy --listen 127.0.0.1:${at.port} --wait-for-client "$@"
`;

export const nodeProgram = (at: { node: string; port: number; taken: string }): string => `#!/bin/sh
real=${quoted(at.node)}
case "\${1:-}" in ""|-v|--version|-h|--help|-p|-e|--eval|--print) exec "$real" "$@" ;; esac
mkdir ${quoted(at.taken)} 2>/dev/null || exec "$real" "$@"
exec "$real" --inspect-brk=127.0.0.1:${at.port} "$@"
`;

const pythonNotes = (port: number, code: string): string[] => {
  const mapping = `"pathMappings": [{ "localRoot": "\${workspaceFolder}", "remoteRoot": ${JSON.stringify(code)} }]`;
  return [
    `Python waits for a debugger on 127.0.0.1:${port} of the agent's machine; nothing runs until one has attached.`,
    `VS Code: { "name": "step", "type": "debugpy", "request": "attach", "connect": { "host": "127.0.0.1", "port": ${port} }, ${mapping} }`,
    `From another machine: ssh -L ${port}:127.0.0.1:${port} <the agent's machine>`,
  ];
};

const nodeNotes = (port: number): string[] => [
  `Node waits for a debugger on 127.0.0.1:${port} of the agent's machine; nothing runs until one has attached.`,
  `VS Code: { "name": "step", "type": "node", "request": "attach", "port": ${port} }; or chrome://inspect; or: node inspect 127.0.0.1:${port}`,
  `From another machine: ssh -L ${port}:127.0.0.1:${port} <the agent's machine>`,
];
