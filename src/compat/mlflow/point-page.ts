import { z } from "zod";
import type { PointPosition } from "../../features/run/index.ts";
import { invalidParameter } from "./error.ts";

/** Where a page of points ended: the next one begins behind that point, whatever was logged in between. */
const positionSchema = z.tuple([z.int(), z.int(), z.number(), z.union([z.literal(0), z.literal(1)])]);

export const tokenOf = ({ timestamp, step, value, is_nan }: PointPosition): string =>
  Buffer.from(JSON.stringify([timestamp, step, value, is_nan])).toString("base64url");

export function positionOf(token: string | undefined): PointPosition | undefined {
  if (!token) return undefined;
  const position = positionSchema.safeParse(parsed(Buffer.from(token, "base64url").toString()));
  if (!position.success)
    throw invalidParameter(
      "Invalid page token, could not be parsed as a page of points. Ask for the first page again.",
    );
  const [timestamp, step, value, is_nan] = position.data;
  return { timestamp, step, value, is_nan };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
