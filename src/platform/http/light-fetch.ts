import * as http from "node:http";
import * as https from "node:https";
import type { ClientFetch } from "../../contract/client.ts";

/** A server that says nothing for so long is as good as gone. */
const silenceMs = 300_000;

/**
 * Sends text and reads the answer as a whole, over connections that stay open: what calls with JSON need of `fetch`, for
 * a third of its processor time.
 */
export function createLightFetch(): ClientFetch {
  const agents = { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) };
  return (url, { method = "GET", headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const isSecure = url.startsWith("https:");
      const options: https.RequestOptions = {
        ...{ method, headers: headers as http.OutgoingHttpHeaders, timeout: silenceMs },
        ...{ signal: signal ?? undefined, agent: isSecure ? agents.https : agents.http },
      };
      const request = (isSecure ? https : http).request(url, options, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.once("error", reject);
        answer.once("end", () => resolve(answerOf(answer.statusCode!, Buffer.concat(parts).toString())));
      });
      request.once("timeout", () => request.destroy(silence()));
      request.once("error", reject);
      request.end(body as string | undefined);
    });
}

const silence = (): Error =>
  Object.assign(new Error(`No answer for ${silenceMs / 1000} seconds`), { code: "ETIMEDOUT" });

const answerOf = (status: number, text: string): Awaited<ReturnType<ClientFetch>> => ({
  ...{ ok: status >= 200 && status < 300, status, body: null },
  text: async () => text,
  json: async () => JSON.parse(text),
});
