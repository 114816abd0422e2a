import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { Problem } from "../../contract/errors.ts";
import { sha256 } from "../../platform/digest.ts";
import { keyOf, signature } from "../webhook/index.ts";

/** A call of the address of a schedule, as it came. */
export interface Call {
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
  raw: Buffer;
}

/** So far may the clock of who signs be off. */
const toleranceMs = 5 * 60_000;

export const newSigningKey = (): string => `whsec_${randomBytes(32).toString("base64")}`;

export const keyContext = ({ workspace, name }: { workspace: string; name: string }): string =>
  `${workspace}/schedule/${name}`;

/**
 * What tells a call from others: its firing is noted once. Undefined when who calls says nothing; then each call is one.
 * The id that a signature covers goes first.
 */
export function callKeyOf({ headers }: Pick<Call, "headers">): string | undefined {
  const named = ["webhook-id", "idempotency-key", "x-github-delivery"].find((header) => textOf(headers[header]));
  return named && `webhook/${sha256(`${named} ${textOf(headers[named])}`)}`;
}

/** Fails unless the call is signed with the key, in the form of Standard Webhooks or of GitHub. */
export function requireSignature({ headers, raw }: Call, key: string, now: number): void {
  const [id, timestamp] = [textOf(headers["webhook-id"]), textOf(headers["webhook-timestamp"])];
  const standard = textOf(headers["webhook-signature"]);
  const github = textOf(headers["x-hub-signature-256"]);
  if (standard && id && timestamp) {
    if (!(Math.abs(now - Number(timestamp) * 1000) <= toleranceMs)) {
      throw refused("The call's webhook-timestamp is more than five minutes off.");
    }
    const expected = signature(keyOf("cloudevents", key), id, timestamp, raw.toString());
    if (standard.split(" ").some((given) => isSame(given, expected))) return;
  } else if (github) {
    if (isSame(github, `sha256=${createHmac("sha256", key).update(raw).digest("hex")}`)) return;
  } else throw refused("The call is not signed.");
  throw refused("The call is not signed with this schedule's key.");
}

const refused = (message: string): Problem =>
  new Problem("unauthenticated", message, {
    hint: "Sign with the key that was shown with the address: webhook-signature (Standard Webhooks) or x-hub-signature-256.",
  });

const textOf = (header: string | string[] | undefined): string | undefined => [header].flat()[0] || undefined;

function isSame(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
