import { isIP } from "node:net";
import { invalid } from "../../contract/errors.ts";
import { isPublicAddress } from "../../platform/outbound/address.ts";
import { notPublicAddress } from "../../platform/outbound/judge.ts";

const longest = 2048;

/** A URL that deliveries may go to, as far as its text says; names are judged when they are resolved, at each delivery. */
export function checkUrl(url: string, { allowPrivate }: { allowPrivate: boolean }): string {
  if (url.trim() === "") throw invalid(`Webhook URL cannot be empty or just whitespace: '${url}'`);
  if (url.length > longest) throw invalid(`Webhook URL is longer than ${longest} characters.`);
  if (!URL.canParse(url)) throw invalid(`Invalid webhook URL '${url}'`);
  const { protocol, hostname, username, password } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") {
    throw invalid(`Invalid webhook URL scheme: '${protocol.slice(0, -1)}'. Allowed schemes are: https, http.`);
  }
  if (username || password) {
    throw invalid("Webhook URL contains a credential, which everyone who may see the webhook would see.", {
      hint: "Give the webhook a secret: deliveries are signed with it.",
    });
  }
  const host = hostname.replace(/^\[|\]$/g, "");
  const isInside = isIP(host) === 0 ? /(^|\.)localhost\.?$/i.test(host) : !isPublicAddress(host);
  if (isInside && !allowPrivate) throw notPublicAddress(host, "--allow-private-webhooks true");
  return url;
}
