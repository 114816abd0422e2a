import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { notFound, Problem } from "../contract/errors.ts";
import { type Authenticate, signInHint } from "../platform/http/bind.ts";

const folder = fileURLToPath(new URL("../../dist/studio", import.meta.url));

/** `/w/<workspace>/` is where links that tracking clients print begin; what is below it belongs to the API. */
const isPage = (path: string): boolean =>
  /^\/w\/[^/]+\/?$/.test(path) || !/^\/(api|ajax-api|w|v1|get-artifact)\//.test(path);

/**
 * Serves Studio: its files, and its page for every path that is not an API path. An unknown API path first asks who
 * is calling, so that nobody can feel out what there is.
 */
export async function serveStudio(http: FastifyInstance, authenticate: Authenticate): Promise<void> {
  const built = existsSync(`${folder}/index.html`);
  if (built) {
    const page = { wildcard: false, globIgnore: ["assets/**"], index: "index.html", cacheControl: false };
    await http.register(fastifyStatic, { root: folder, ...page });
    // The name of such a file holds a hash of its content: a browser keeps it for good and need not ask again.
    const kept = { immutable: true, maxAge: "365d", preCompressed: true };
    await http.register(fastifyStatic, {
      root: `${folder}/assets`,
      prefix: "/assets/",
      decorateReply: false,
      ...kept,
    });
  }
  http.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split("?")[0]!;
    // A page that is still open after an upgrade asks for files that are gone; it must not be given a page instead.
    if (path.startsWith("/assets/")) throw notFound("file", path, "Reload the page: Studio was upgraded.");
    if (request.method !== "GET" || !isPage(path)) {
      if (!(await authenticate(request))) {
        throw new Problem("unauthenticated", "This needs a credential.", { hint: signInHint });
      }
      throw notFound("operation", `${request.method} ${path}`, "The API is described at /api/v1/openapi.json.");
    }
    if (built) return reply.type("text/html").header("cache-control", "no-cache").sendFile("index.html");
    return reply
      .code(503)
      .type("text/plain")
      .send("Studio is not built. Run `npm run build`, then start the server again. The API works without it.\n");
  });
}
