import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { distributedCommand } from "./distributed.ts";

const base = { instanceCount: 1, processesPerInstance: 1, parameterServers: 0 };

async function run(command: string, distribution: Parameters<typeof distributedCommand>[1]) {
  const notes: string[] = [];
  const script = await distributedCommand(command, distribution, (note) => notes.push(note));
  const { status, stdout } = spawnSync("bash", ["-c", script], { encoding: "utf8", timeout: 20_000 });
  return { status, lines: stdout.trim().split("\n").sort(), notes };
}

it("gives each process of PyTorch its rank, and one place to meet", async () => {
  const { lines, notes } = await run(
    `echo "it's $RANK of $WORLD_SIZE, $LOCAL_RANK on $NODE_RANK at $MASTER_ADDR:$MASTER_PORT"`,
    { ...base, type: "pytorch", instanceCount: 2, processesPerInstance: 2 },
  );
  const port = /:(\d+)$/.exec(lines[0]!)![1];
  expect(lines).toEqual([
    `[0] it's 0 of 4, 0 on 0 at 127.0.0.1:${port}`,
    `[1] it's 1 of 4, 1 on 0 at 127.0.0.1:${port}`,
    `[2] it's 2 of 4, 0 on 1 at 127.0.0.1:${port}`,
    `[3] it's 3 of 4, 1 on 1 at 127.0.0.1:${port}`,
  ]);
  expect(notes).toEqual([expect.stringContaining("4 processes of this machine")]);
});

it("tells each process of TensorFlow the cluster and what it is in it", async () => {
  const { lines } = await run("echo $TF_CONFIG", { ...base, type: "tensorflow", workers: 2, parameterServers: 1 });
  const told = lines.map((line) => JSON.parse(line.replace(/^\[.*?\] /, "")));
  expect(told.map(({ task }) => task)).toEqual([
    { type: "ps", index: 0 },
    { type: "worker", index: 0 },
    { type: "worker", index: 1 },
  ]);
  const places = Object.values(told[0].cluster as Record<string, string[]>).flat();
  expect(new Set(places).size).toBe(3);
});

it("gives each process of MPI its rank", async () => {
  const { lines } = await run("echo $OMPI_COMM_WORLD_RANK/$OMPI_COMM_WORLD_SIZE", {
    ...{ ...base, type: "mpi" as const, processesPerInstance: 2 },
  });
  expect(lines).toEqual(["[0] 0/2", "[1] 1/2"]);
});

it("fails with the first process that does, without waiting for the others", async () => {
  const { status } = await run('[ "$RANK" = 0 ] || exit 7; sleep 3', {
    ...{ ...base, type: "pytorch" as const, processesPerInstance: 2 },
  });
  expect(status).toBe(7);
});

it("ends well when all have ended before anybody looks", async () => {
  const { status } = await run("true", { ...base, type: "mpi", processesPerInstance: 16 });
  expect(status).toBe(0);
});
