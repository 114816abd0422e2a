import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import type { Distributed } from "../../contract/job.ts";
import { quoted } from "../../platform/process/quoted.ts";

/** One of the processes that a distributed command is started as. */
interface Member {
  label: string;
  variables: Record<string, string>;
}

/**
 * A script that starts a command as many times as its distribution says, all on this machine, each time with the
 * variables that its framework reads. The first one to fail ends it: whoever
 * runs it ends what is left.
 */
export async function distributedCommand(
  command: string,
  distribution: Distributed,
  onNote: (text: string) => void,
): Promise<string> {
  const members = distribution.type === "tensorflow" ? await tensorflow(distribution) : await ranks(distribution);
  if (distribution.instanceCount > 1 || (distribution.workers ?? 1) > 1) {
    onNote(`The instances of this step are ${members.length} processes of this machine, not machines of their own.`);
  }
  const start = members.map(({ label, variables }) => {
    const set = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}`);
    const run = `env ${set.join(" ")} "$BASH" -c "$TRAINYARD_COMMAND" 2>&1 3>&-`;
    return `(${run} | sed -u 's/^/[${label}] /' 3>&-; echo "\${PIPESTATUS[0]}" >&3) &`;
  });
  const wait = `for ((i = 0; i < ${members.length}; i++)); do read -r code <&3; [ "$code" = 0 ] || exit "$code"; done`;
  return [...listen, `TRAINYARD_COMMAND=${quoted(command)}`, "export TRAINYARD_COMMAND", ...start, wait].join("\n");
}

/** Processes say by a pipe how they ended: `wait -n` knows nothing of those that ended before it was called. */
const listen = ['codes="$(mktemp -u)"', 'mkfifo "$codes"', 'exec 3<>"$codes"', 'rm "$codes"'];

async function ranks({ type, instanceCount, processesPerInstance }: Distributed): Promise<Member[]> {
  const [port] = await freePorts(1);
  const size = instanceCount * processesPerInstance;
  return Array.from({ length: size }, (_, rank) => {
    const local = rank % processesPerInstance;
    const node = Math.floor(rank / processesPerInstance);
    const common = {
      MASTER_ADDR: "127.0.0.1",
      MASTER_PORT: String(port),
      NODE_RANK: String(node),
      AZ_BATCHAI_MPI_MASTER_NODE: "127.0.0.1",
    };
    const torch = {
      WORLD_SIZE: String(size),
      RANK: String(rank),
      LOCAL_RANK: String(local),
      LOCAL_WORLD_SIZE: String(processesPerInstance),
    };
    const mpi = {
      OMPI_COMM_WORLD_SIZE: String(size),
      OMPI_COMM_WORLD_RANK: String(rank),
      OMPI_COMM_WORLD_LOCAL_RANK: String(local),
      OMPI_COMM_WORLD_LOCAL_SIZE: String(processesPerInstance),
    };
    return { label: String(rank), variables: { ...common, ...(type === "mpi" ? mpi : torch) } };
  });
}

async function tensorflow({ instanceCount, workers, parameterServers }: Distributed): Promise<Member[]> {
  const counts = { worker: workers ?? instanceCount, ps: parameterServers };
  const ports = await freePorts(counts.worker + counts.ps);
  const take = (count: number) => ports.splice(0, count).map((port) => `127.0.0.1:${port}`);
  const worker = take(counts.worker);
  const ps = take(counts.ps);
  const cluster: Record<string, string[]> = ps.length > 0 ? { worker, ps } : { worker };
  return Object.entries(cluster).flatMap(([type, places]) =>
    places.map((_, index) => ({
      label: `${type} ${index}`,
      variables: { TF_CONFIG: JSON.stringify({ cluster, task: { type, index }, environment: "cloud" }) },
    })),
  );
}

/** Ports that nobody listens on at this moment; all held at once, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
