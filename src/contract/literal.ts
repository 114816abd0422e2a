import { z } from "zod";

/**
 * A number that is the one that was written. A whole number beyond 2^53 becomes another one when it is read:
 * 9007199254740993 is 9007199254740992 then. From 10^21 on it is written with an exponent, as no id or count is.
 */
export const isExact = (value: number): boolean =>
  !Number.isInteger(value) || Number.isSafeInteger(value) || Math.abs(value) >= 1e21;

const inexact = "a whole number beyond 9007199254740991 would become another one; write it as text, in quotes";

/** A value that is written where it is used: a text, a number, true or false. */
export const literalSchema = z.union([z.string(), z.number().refine(isExact, inexact), z.boolean()]);
