import type { Socket } from "node:net";
import type { FastifyRequest } from "fastify";

/** One for each connection: it outlives many requests, and a listener for each of them would be kept with it. */
const signals = new WeakMap<Socket, AbortSignal>();

/** Aborts when the caller is gone, so that waiting on its behalf ends. */
export function closedSignal(request: FastifyRequest): AbortSignal {
  const { socket } = request.raw;
  if (socket.destroyed) return AbortSignal.abort();
  const known = signals.get(socket);
  if (known) return known;
  const controller = new AbortController();
  socket.once("close", () => controller.abort());
  signals.set(socket, controller.signal);
  return controller.signal;
}
