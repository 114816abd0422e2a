#!/usr/bin/env node
// Trainyard is TypeScript that Node 24 runs as it is. Under an older Node this file starts the Node that
// npm installed beside the package and gives way to it.
import { spawn } from "node:child_process";
import * as module from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const main = join(dirname(fileURLToPath(import.meta.url)), "../src/cli/main.ts");
const smallHeap = "--max-semi-space-size=2";

if (Number(process.versions.node.split(".")[0]) >= 24) {
  // Compiled once, loaded often; in a folder of the user's own, where nobody else can put code.
  module.enableCompileCache(join(homedir(), ".cache", "trainyard", "compile"));
  if (process.argv[2] === "up" && process.execve && !process.execArgv.includes(smallHeap)) {
    // The server is the process that stays: it becomes itself again with a young generation that stays small.
    process.execve(process.execPath, [
      process.execPath,
      smallHeap,
      fileURLToPath(import.meta.url),
      ...process.argv.slice(2),
    ]);
  }
  await import(main);
} else {
  const bundled = join(dirname(module.createRequire(import.meta.url).resolve("node/package.json")), "bin/node");
  const child = spawn(bundled, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(
      `trainyard needs Node 24 and could not start the one installed with it (${bundled}): ${error.message}`,
    );
    console.error("Run `npm ci` again without --ignore-scripts, or install Node 24.");
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
