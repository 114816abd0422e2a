import { connect, type Socket } from "node:net";

/** One request of a load. */
export interface Shot {
  method: "GET" | "POST";
  path: string;
  body?: unknown;
}

export interface LoadResult {
  requests: number;
  /** Answers with another status than 200. */
  errors: number;
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p95: number;
  p99: number;
}

/**
 * A closed loop: each of `clients` connections sends its next request when the answer to the last one is there.
 * Written on sockets, so that on a small machine the load generator takes as little as possible from the server.
 */
export async function load(
  target: { url: string; headers: Record<string, string> },
  options: { clients: number; seconds: number; warmUpSeconds?: number },
  shot: (client: number, count: number) => Shot | Promise<Shot>,
): Promise<LoadResult> {
  const begin = performance.now() + (options.warmUpSeconds ?? 1) * 1000;
  const end = begin + options.seconds * 1000;
  const times: number[] = [];
  let errors = 0;
  const run = async (client: number) => {
    const connection = new Connection(target);
    for (let count = 0; performance.now() < end; count++) {
      const wanted = await shot(client, count);
      const started = performance.now();
      const { status } = await connection.send(wanted);
      const ended = performance.now();
      if (started < begin || ended > end) continue;
      times.push(ended - started);
      if (status !== 200) errors++;
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: options.clients }, (_, client) => run(client)));
  return { requests: times.length, errors, perSecond: times.length / options.seconds, ...percentiles(times) };
}

/** Nearest rank; of no times, NaN. */
export function percentiles(times: number[]): { p50: number; p95: number; p99: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** One connection, made again when the server closed it (as gunicorn does after each answer); one request at a time. */
export class Connection {
  private socket: Socket | undefined;
  private readonly target: { host: string; port: number };
  private readonly prefix: string;
  private readonly head: string;
  private received: Buffer = Buffer.alloc(0);
  private settle: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;

  constructor({ url, headers }: { url: string; headers: Record<string, string> }) {
    const { hostname, port, pathname } = new URL(url);
    this.target = { host: hostname, port: Number(port) };
    this.prefix = pathname.replace(/\/$/, "");
    this.head = Object.entries({ host: `${hostname}:${port}`, ...headers })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("");
  }

  send({ method, path, body }: Shot): Promise<Answer> {
    const payload = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
    const length = Buffer.byteLength(payload);
    const entity = payload === "" ? "" : `content-type: application/json\r\ncontent-length: ${length}\r\n`;
    return new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
      this.socket ??= this.open();
      this.socket.write(`${method} ${this.prefix}${path} HTTP/1.1\r\n${this.head}${entity}\r\n${payload}`);
    });
  }

  private open(): Socket {
    const socket = connect({ ...this.target, noDelay: true });
    const ended = (error: Error) => {
      if (this.socket === socket) this.socket = undefined;
      this.settle?.reject(error);
    };
    socket.on("data", (data) => this.take(socket, data));
    socket.on("error", ended);
    socket.on("close", () => ended(new Error("The server closed the connection.")));
    return socket;
  }

  private take(socket: Socket, data: Buffer): void {
    this.received = this.received.length === 0 ? data : Buffer.concat([this.received, data]);
    const answer = answerOf(this.received);
    if (!answer) return;
    if (/\r\nconnection: *close/i.test(this.received.toString("latin1", 0, 2048))) {
      socket
        .removeAllListeners()
        .on("error", () => {})
        .destroy();
      this.socket = undefined;
    }
    this.received = Buffer.alloc(0);
    const { settle } = this;
    this.settle = undefined;
    settle?.resolve(answer);
  }

  close(): void {
    this.settle = undefined;
    this.socket?.destroy();
  }
}

export interface Answer {
  status: number;
  body: string;
}

/** The answer, once all of it is there. */
function answerOf(bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = bytes.toString("latin1", 0, end);
  const status = Number(head.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const from = end + 4;
    const to = from + Number(length);
    return bytes.length < to ? undefined : { status, body: bytes.toString("utf8", from, to) };
  }
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
    const body = unchunked(bytes.subarray(end + 4));
    return body === undefined ? undefined : { status, body: body.toString() };
  }
  return { status, body: "" };
}

function unchunked(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf("\r\n", at);
    if (line < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, line), 16);
    if (bytes.length < line + 2 + size + 2) return undefined;
    if (size === 0) return Buffer.concat(parts);
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
