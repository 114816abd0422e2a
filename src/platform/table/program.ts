import { Problem } from "../../contract/errors.ts";
import type { Answer } from "./process.ts";

/** The other side of `runProgram`: answers the one request that this process was started for. */
export function serveProgram<Request, T>(handle: (request: Request) => Promise<T>): void {
  // The channel ends with the server, however that ends; so does this process, also in the middle of a query.
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  process.once("message", (request) => {
    void answer(() => handle(request as Request)).then((reply) => process.send?.(reply));
  });
}

async function answer<T>(work: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: await work() };
  } catch (error) {
    if (error instanceof Problem) {
      return { problem: { code: error.code, message: error.message, hint: error.hint } };
    }
    return { problem: { code: "internal", message: error instanceof Error ? error.message : String(error) } };
  }
}
