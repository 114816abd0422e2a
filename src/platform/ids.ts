import { randomBytes } from "node:crypto";
import type { Clock } from "./clock.ts";

export interface Ids {
  /** A UUIDv7: 48 bits of time, then randomness; later ids sort after earlier ones. */
  next(): string;
  /** `bytes` of randomness in base64url. */
  secret(bytes: number): string;
}

export function createIds(clock: Clock): Ids {
  let last = 0;
  let counter = 0;
  return {
    next() {
      const now = Math.max(clock.now(), last);
      counter = now === last ? counter + 1 : 0;
      last = now;
      // More than the counter holds: the rest borrows from the next millisecond.
      if (counter > 0xfff) {
        last += 1;
        counter = 0;
      }
      const bytes = randomBytes(16);
      bytes.writeUIntBE(last, 0, 6);
      // The 12 bits after the version count ids of one millisecond, so that order holds within it.
      bytes[6] = 0x70 | ((counter >> 8) & 0x0f);
      bytes[7] = counter & 0xff;
      bytes[8] = 0x80 | (bytes[8]! & 0x3f);
      const hex = bytes.toString("hex");
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
    secret: (bytes) => randomBytes(bytes).toString("base64url"),
  };
}
