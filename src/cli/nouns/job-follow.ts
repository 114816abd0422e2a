import { spawn } from "node:child_process";
import pc from "picocolors";
import type { Job } from "../../contract/job.ts";
import type { Connection, GlobalOptions } from "../connection.ts";
import { awaitJob, followJob, requireSuccess, streamJob } from "../follow.ts";
import { duration, print, printData, printFacts, state } from "../output.ts";
import type { Command } from "../program.ts";

/** How a command goes on once the job is submitted. */
export interface Following {
  wait: boolean;
  stream?: boolean;
  web?: boolean;
}

export const addFollowing = (command: Command): Command =>
  command
    .option("--stream", "show the logs of all steps until the job has ended")
    .option("--no-wait", "return at once")
    .option("--web", "open the job in Studio");

/** Follows a job that was just submitted, and ends with its outcome. */
export async function followSubmitted(
  connection: Connection,
  options: GlobalOptions,
  job: Job,
  { wait, stream, web }: Following,
): Promise<void> {
  const address = `${connection.url}/jobs/${job.id}`;
  if (web) openInBrowser(address);
  if (!wait) {
    return printFacts(options, job, [
      ["job", job.id],
      ["state", state(job.state)],
      ["studio", address],
    ]);
  }
  if (options.output !== "table") return printData(options, requireSuccess(await awaitJob(connection, job.id)));
  print(`${pc.bold(job.displayName)}  ${pc.dim(`job ${job.id}  ${address}`)}`);
  const ended = await (stream ? streamJob(connection, job.id) : followJob(connection, job.id));
  requireSuccess(ended);
  print(`${state(ended.state)}  ${duration(ended.createdAt, ended.endedAt)}  ${ended.registered.join(", ")}`);
}

/** Without a browser, the address that was printed has to do. */
function openInBrowser(address: string): void {
  const opener = process.platform === "darwin" ? "open" : process.platform === "win32" ? "explorer" : "xdg-open";
  spawn(opener, [address], { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}
