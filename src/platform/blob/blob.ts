import type { Bytes } from "../../contract/operation.ts";

/**
 * Content-addressed storage: bytes are named by their sha256 and never change. The interface every backend passes
 * the same conformance suite for.
 */
export interface BlobStore {
  /** Stores a stream. With `expected`, refuses (`unprocessable`) what hashes to something else, and keeps nothing. */
  put(bytes: Bytes | Uint8Array | string, expected?: string): Promise<{ digest: string; size: number }>;
  /** Size in bytes, or undefined when there is no such blob. */
  size(digest: string): Promise<number | undefined>;
  /** Streams a blob and verifies the hash on the way: the stream fails at its end if the content is damaged. */
  read(digest: string): Promise<{ bytes: Bytes; size: number }>;
  /** A whole small blob, verified. */
  bytes(digest: string): Promise<Uint8Array>;
  /**
   * The size of a blob that is whole; fails like `read` when it is damaged. A file that was seen to be whole is read
   * again only when it has changed since.
   */
  verify(digest: string): Promise<number>;
  /** The first bytes of a blob, not verified; undefined when there is no such blob. */
  beginning(digest: string, length: number): Promise<Uint8Array | undefined>;
  /**
   * Removes a blob, unless it was stored at `since` or later: somebody may be about to note that it is there. Gives the
   * bytes that this frees; undefined when it is kept, or is not there.
   */
  remove(digest: string, since: number): Promise<number | undefined>;
  /** Every blob, in no order. `storedAt`: milliseconds. */
  list(): AsyncIterable<{ digest: string; size: number; storedAt: number }>;
}
