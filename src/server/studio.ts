import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { notFound, Problem } from "../contract/errors.ts";
import { type Authenticate, signInHint } from "../platform/http/bind.ts";

const folder = fileURLToPath(new URL("../../dist/studio", import.meta.url));

/**
 * Serves Studio: its files, and its page for every path that is not an API path. An unknown API path first asks who
 * is calling, so that nobody can feel out what there is.
 */
export async function serveStudio(http: FastifyInstance, authenticate: Authenticate): Promise<void> {
  const built = existsSync(`${folder}/index.html`);
  if (built) {
    await http.register(fastifyStatic, { root: folder, wildcard: false, index: "index.html", cacheControl: false });
  }
  http.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split("?")[0]!;
    const isPage = request.method === "GET" && !/^\/(api|ajax-api|w|v1|get-artifact)\//.test(path);
    if (!isPage) {
      if (!(await authenticate(request))) {
        throw new Problem("unauthenticated", "This needs a credential.", { hint: signInHint });
      }
      throw notFound("operation", `${request.method} ${path}`, "The API is described at /api/v1/openapi.json.");
    }
    if (built) return reply.type("text/html").header("cache-control", "no-cache").sendFile("index.html");
    return reply
      .code(503)
      .type("text/plain")
      .send("Studio is not built. Run `npm run build`, then reload this page. The API works without it.\n");
  });
}
