import type { BlobStore } from "./blob/blob.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Gathered } from "./db/gather.ts";
import type { Groups } from "./db/groups.ts";
import type { Db, Tables } from "./db/tables.ts";
import type { Change } from "./events/journal.ts";
import type { Failpoint } from "./failpoint.ts";
import type { Ids } from "./ids.ts";
import type { Lasting } from "./lasting.ts";
import type { Log } from "./log.ts";
import type { Remembered } from "./remembered.ts";
import type { SecretBox } from "./secrets.ts";
import type { Signals } from "./signals.ts";

export type { Tables };

export interface Actor {
  id: string;
  name: string;
}

/** Who acts when no person or service does: schedules, the engine, recovery. */
export const systemActor: Actor = { id: "system", name: "trainyard" };

/**
 * What every use case is given. A transaction is another `Ctx` whose `db` is the transaction; inside one, use only
 * the inner `ctx`.
 */
export interface Ctx {
  db: Db;
  /** Commits what many small writes want in one transaction. */
  groups: Groups;
  lasting: Lasting;
  remembered: Remembered;
  blobs: BlobStore;
  clock: Clock;
  ids: Ids;
  log: Log;
  signals: Signals;
  secrets: SecretBox;
  failpoint: Failpoint;
  config: Config;
  actor: Actor;
  /** Inside a transaction: what `record` collected, what is written at its end, and what runs once it is committed. */
  unit: {
    changes: Change[];
    gathered: { into: Gathered<unknown>; item: unknown }[];
    afterCommit: (() => void)[];
  } | null;
}
