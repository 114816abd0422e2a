import type { FastifyRequest } from "fastify";

/** Aborts when the caller is gone, so that waiting on its behalf ends. */
export function closedSignal(request: FastifyRequest): AbortSignal {
  const controller = new AbortController();
  request.raw.socket.once("close", () => controller.abort());
  if (request.raw.socket.destroyed) controller.abort();
  return controller.signal;
}
