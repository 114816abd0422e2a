import { createHash } from "node:crypto";
import { invalid } from "../../contract/errors.ts";

/** Where a page ended: what the last item is ordered by, and at its end what makes it one of a kind. */
export type Position = (string | number)[];

const fingerprint = (query: unknown): string =>
  createHash("sha256").update(JSON.stringify(query)).digest("base64url").slice(0, 12);

/** A token for the page after a position. It holds for the search that made it and no other. */
export const pageToken = (query: unknown, position: Position): string =>
  Buffer.from(JSON.stringify([fingerprint(query), ...position])).toString("base64url");

export function positionOf(query: unknown, token: string | undefined): Position | undefined {
  if (!token) return undefined;
  const parts = parsed(Buffer.from(token, "base64url").toString());
  const isToken = Array.isArray(parts) && parts.every((part) => ["string", "number"].includes(typeof part));
  if (!isToken || parts.length < 2) {
    throw invalid("Invalid page token, could not be parsed as a page of this search.", { hint: again });
  }
  if (parts[0] === fingerprint(query)) return parts.slice(1) as Position;
  throw invalid("Invalid page token: it belongs to a search with another filter or order.", { hint: again });
}

const again = "Ask for the first page again.";

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
