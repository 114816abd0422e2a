import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Answers a request itself, and says so; or leaves it to the server. */
export type Answer = (asked: IncomingMessage, response: ServerResponse) => boolean;

/** Stands between a program and a server. */
export async function startProxy(server: string, answer: Answer): Promise<{ url: string; stop(): void }> {
  const proxy = createServer((asked, response) => {
    if (answer(asked, response)) return void asked.resume();
    const { method, headers, url } = asked;
    const onwards = request(new URL(url!, server), { method, headers }, (answered) => {
      response.writeHead(answered.statusCode!, answered.headers);
      answered.pipe(response);
    });
    onwards.on("error", () => response.destroy());
    response.on("close", () => onwards.destroy());
    asked.pipe(onwards);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return { url, stop: () => proxy.close().closeAllConnections() };
}
