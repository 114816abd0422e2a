/** `npm run simulate -- 1234` replays one seed and says what happened; `npm run simulate -- 0 9999` runs many. */
import { createSimulator } from "./simulate.ts";

const [first = 0, last = first] = process.argv.slice(2).map(Number);
const simulator = await createSimulator();
for (let seed = first; seed <= last; seed++) {
  try {
    const { trace } = await simulator.run(seed);
    if (first === last) console.log(trace.join("\n"));
  } catch (error) {
    console.log((error as { trace?: string[] }).trace?.join("\n"));
    console.log((error as Error).message);
    process.exit(1);
  }
}
await simulator.close();
console.log(`Every invariant held in ${last - first + 1} world${first === last ? "" : "s"}.`);
