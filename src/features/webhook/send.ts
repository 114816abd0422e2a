import type { Ctx } from "../../platform/context.ts";
import { postOutside } from "../../platform/outbound/post.ts";
import type { DeliveryTable, WebhookTable } from "./schema.ts";
import { headersOf } from "./signature.ts";

/** Milliseconds that one attempt may take, with everything. */
export const attemptMs = 10_000;

/** As much of an answer, or of an error, as is kept. */
const keptCharacters = 1000;

export interface Attempt {
  success: boolean;
  status: number | null;
  body: string | null;
  error: string | null;
}

export const secretContext = ({ workspace, id }: Pick<WebhookTable, "workspace" | "id">): string =>
  `${workspace}/webhook/${id}`;

/** Sends a delivery once. Whatever happens is the result; nothing is thrown. */
export async function attempt(
  ctx: Ctx,
  webhook: WebhookTable,
  delivery: Pick<DeliveryTable, "id" | "body">,
  signal?: AbortSignal,
): Promise<Attempt> {
  try {
    const secret = webhook.secret === null ? null : ctx.secrets.open(webhook.secret, secretContext(webhook));
    const { id, body } = delivery;
    const answer = await postOutside({
      url: webhook.url,
      headers: headersOf(webhook.format, { id, at: ctx.clock.now(), body, secret }),
      body,
      timeoutMs: attemptMs,
      allowPrivate: ctx.config.allowPrivateWebhooks,
      signal,
    });
    const success = answer.status >= 200 && answer.status < 300;
    const error = success ? null : `the receiver answered ${answer.status}`;
    return { success, status: answer.status, body: answer.body.slice(0, keptCharacters), error };
  } catch (error) {
    return { success: false, status: null, body: null, error: (error as Error).message.slice(0, keptCharacters) };
  }
}
