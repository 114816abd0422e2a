import { quoted } from "../../platform/process/quoted.ts";

/** Files of a container that the agent keeps beside it, in a folder that the container may only read. */
export const variablesFile = "variables";
/** Its being there says that the way to the server is open. */
export const readyFile = "ready";

/** Of the machine's file system, which is not the container's. */
const notInside = new Set(["PATH", "VIRTUAL_ENV"]);

/**
 * What the command is to find in its environment, as lines for its shell. The engine, which is a program of the machine,
 * gets nothing of it: it would load what LD_PRELOAD names before it makes a container.
 */
export const variablesText = (environment: Record<string, string>): string =>
  Object.entries(environment)
    .filter(([name]) => !notInside.has(name))
    // `command`: a variable that the shell keeps for itself (UID) ends no command.
    .map(([name, value]) => `command export ${name}=${quoted(value)}\n`)
    .join("");

/**
 * What runs first in a container, with the folder of the two files as its name and the command as its argument. It waits
 * until the way to the server is open, passes on being asked to end to everything in the container, and ends with the
 * command: the kernel then ends the rest. Only the command has the step's variables.
 */
export const firstProcess = `
trap 'kill -TERM -1 2>/dev/null' TERM
until [ -e "$0/${readyFile}" ]; do sleep 0.05; done
set -- "$1" /bin/sh
[ -x /bin/bash ] && set -- "$1" /bin/bash
( . "$0/${variablesFile}"; exec "$2" -c "$1" ) &
child=$!
wait "$child"
code=$?
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  code=$?
done
exit "$code"
`;
