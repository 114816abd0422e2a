import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Client } from "../../contract/client.ts";
import type { DesiredServing } from "../../contract/serving.ts";

export interface Received {
  path: string;
  headers: IncomingMessage["headers"];
  body: unknown;
}

/** A peer on the network that speaks the serving contract, for tests of the control plane. */
export interface ServingNode {
  url: string;
  desired: DesiredServing;
  /** Digests of models that do not load. */
  failing: Set<string>;
  received: Received[];
  /** What it answers to an inference. */
  answer: (received: Received, deployment: string) => { status: number; body: unknown };
  /** Asks once what to serve, and reports it. */
  sync(): Promise<void>;
  /** Goes on asking and reporting. */
  follow(): void;
  stop(): Promise<void>;
}

const column = (name: string) => ({ name, type: "float32", shape: [-1, 1] });
export const fakeSignature = { inputs: [column("age"), column("bmi")], outputs: [column("prediction")] };

export async function startServingNode(client: Client, name = "node-1"): Promise<ServingNode> {
  const stopping = new AbortController();
  let following = Promise.resolve();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { url = "/", headers } = request;
    const received = { path: url, headers, body: JSON.parse(Buffer.concat(chunks).toString()) as unknown };
    node.received.push(received);
    const deployment = String(headers["azureml-model-deployment"] ?? trafficked(url, node.desired) ?? "");
    const { status, body } = node.answer(received, deployment);
    response.writeHead(status, { "content-type": "application/json", "azureml-model-deployment": deployment });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const node: ServingNode = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    desired: { generation: -1, endpoints: [] },
    failing: new Set(),
    received: [],
    answer: () => ({ status: 200, body: { predictions: [{ prediction: 151.5 }] } }),
    sync: () => sync(0),
    follow() {
      const loop = async () => {
        while (!stopping.signal.aborted) await sync(200);
      };
      following = loop();
    },
    async stop() {
      stopping.abort();
      await following;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  async function sync(waitMs: number): Promise<void> {
    const query = { node: name, generation: node.desired.generation, waitMs };
    node.desired = await client.serving.desired({ query });
    const { generation } = node.desired;
    await client.serving.report({ body: { node: name, url: node.url, generation, deployments: reportOf(node) } });
  }
  return node;
}

const reportOf = ({ desired, failing }: ServingNode) =>
  desired.endpoints.flatMap((endpoint) =>
    endpoint.deployments.map((deployment) => {
      const failed = failing.has(deployment.model.digest);
      return {
        workspace: endpoint.workspace,
        endpoint: endpoint.name,
        deployment: deployment.name,
        digest: deployment.model.digest,
        state: failed ? ("failed" as const) : ("ready" as const),
        error: failed ? "the model does not load" : null,
        ...(failed ? { inputs: [], outputs: [] } : fakeSignature),
        requests: 7,
        errors: 1,
        p50: 2,
        p99: 9,
      };
    }),
  );

function trafficked(path: string, desired: DesiredServing): string | undefined {
  const [, workspace, name] = path.split("/");
  const endpoint = desired.endpoints.find((other) => other.workspace === workspace && other.name === name);
  return endpoint?.deployments.find((deployment) => deployment.traffic > 0)?.name;
}
