import { createHmac } from "node:crypto";
import type { WebhookFormat } from "../../contract/webhook.ts";

/** Who signs, in the form that both MLflow and Standard Webhooks have: `v1,` and an HMAC over id, time and body. */
export function signature(key: Buffer, id: string, timestamp: string, body: string): string {
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

/** Standard Webhooks write a key of any bytes as `whsec_` and base64; MLflow takes the text as it is. */
export const keyOf = (format: WebhookFormat, secret: string): Buffer =>
  format === "cloudevents" && secret.startsWith("whsec_")
    ? Buffer.from(secret.slice("whsec_".length), "base64")
    : Buffer.from(secret);

export function headersOf(
  format: WebhookFormat,
  { id, at, body, secret }: { id: string; at: number; body: string; secret: string | null },
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const signed = secret === null ? undefined : signature(keyOf(format, secret), id, timestamp, body);
  const names =
    format === "mlflow"
      ? (["x-mlflow-delivery-id", "x-mlflow-timestamp", "x-mlflow-signature"] as const)
      : (["webhook-id", "webhook-timestamp", "webhook-signature"] as const);
  return {
    "content-type": format === "mlflow" ? "application/json" : "application/cloudevents+json",
    "user-agent": "Trainyard",
    [names[0]]: id,
    [names[1]]: timestamp,
    ...(signed && { [names[2]]: signed }),
  };
}
