/** Entry of a serving node: `TRAINYARD_SERVING='{"node":…,"home":…,"controlUrl":…,"token":…}' node src/serving/main.ts` */
import { readServingConfig } from "./config.ts";
import { startNode } from "./node.ts";

// Whoever reads the log may go away; the node goes on.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

try {
  const config = readServingConfig(process.env.TRAINYARD_SERVING ?? process.argv[2]);
  // Not for the eyes of what this process starts.
  delete process.env.TRAINYARD_SERVING;
  const node = await startNode(config);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void node.stop(signal));
  // Started detached: the terminal that it came from may go away.
  process.on("SIGHUP", () => {});
  await node.stopped;
  process.exit(0);
} catch (error) {
  process.stderr.write(`${JSON.stringify({ level: "error", message: String(error), error })}\n`);
  process.exit(1);
}
