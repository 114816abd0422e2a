/** Entry of a serving node: `TRAINYARD_SERVING='{"node":…,"home":…,"controlUrl":…,"token":…}' node src/serving/main.ts` */
import { enableCompileCache, flushCompileCache } from "node:module";
import { join } from "node:path";
import { readServingConfig } from "./config.ts";

// Whoever reads the log may go away; the node goes on.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

try {
  const config = readServingConfig(process.env.TRAINYARD_SERVING ?? process.argv[2]);
  // Not for the eyes of what this process starts.
  delete process.env.TRAINYARD_SERVING;
  // Compiled code is kept in the node's own folder, where nobody else writes: starting takes half the time and, for
  // the node and for each model process, some 25 MB less, because the compiler of TypeScript is not loaded.
  process.env.NODE_COMPILE_CACHE ??= join(config.home, "compile-cache");
  enableCompileCache(process.env.NODE_COMPILE_CACHE);
  const { startNode } = await import("./node.ts");
  const node = await startNode(config);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void node.stop(signal));
  // Started detached: the terminal that it came from may go away.
  process.on("SIGHUP", () => {});
  flushCompileCache();
  await node.stopped;
  process.exit(0);
} catch (error) {
  process.stderr.write(`${JSON.stringify({ level: "error", message: String(error), error })}\n`);
  process.exit(1);
}
