import { Problem } from "../../contract/errors.ts";
import type { Ctx } from "../../platform/context.ts";
import { requireEndpoint } from "./deployment.ts";
import { pathOf } from "./protocol.ts";
import { liveNodes } from "./reported.ts";
import { keyOf } from "./service.ts";

const timeoutMs = 60_000;

export interface Answer {
  status: number;
  response: unknown;
  /** Which deployment answered. */
  deployment: string | null;
  milliseconds: number;
}

/** Sends a request through a serving node, as a caller of the endpoint would. */
export async function invokeDeployment(
  ctx: Ctx,
  workspace: string,
  endpoint: string,
  call: { request: unknown; deployment?: string; headers?: Record<string, string>; signal?: AbortSignal },
): Promise<Answer> {
  const { auth_mode } = await requireEndpoint(ctx, workspace, endpoint);
  const path = pathOf(endpoint, call.request);
  const [node] = await liveNodes(ctx);
  if (!node) {
    throw new Problem("unavailable", `No serving node answers for endpoint "${endpoint}".`, {
      hint: "`trainyard up` starts one; see `trainyard status`.",
    });
  }
  const headers: Record<string, string> = { ...call.headers, "content-type": "application/json" };
  if (auth_mode === "key") headers.authorization = `Bearer ${await keyOf(ctx, workspace, endpoint)}`;
  if (call.deployment !== undefined) headers["azureml-model-deployment"] = call.deployment;
  const timeout = AbortSignal.timeout(timeoutMs);
  const started = performance.now();
  try {
    const response = await fetch(`${node.url}/${workspace}/${endpoint}/${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(call.request),
      redirect: "error",
      signal: call.signal ? AbortSignal.any([timeout, call.signal]) : timeout,
    });
    const text = await response.text();
    return {
      status: response.status,
      response: parsed(text),
      deployment: response.headers.get("azureml-model-deployment"),
      milliseconds: performance.now() - started,
    };
  } catch (cause) {
    throw new Problem("unavailable", `Serving node ${node.node} did not answer for endpoint "${endpoint}".`, {
      hint: "Try again; the node may be starting. See `trainyard status`.",
      cause,
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
