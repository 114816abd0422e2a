import { relayPort } from "./relay.ts";

// Runs in the network of a container, on the file system of the agent.
const [port, path] = process.argv.slice(2);
try {
  await relayPort(Number(port), path!);
  console.log("ready");
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
