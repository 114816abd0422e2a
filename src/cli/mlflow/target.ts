import type { Client } from "../../contract/client.ts";
import type { ImportProgress } from "./progress.ts";
import type { Source, SourceLoggedModel } from "./source.ts";
import type { Tally } from "./tally.ts";

/** Everything that a step of an import needs. */
export interface Import {
  source: Source;
  client: Client;
  params: { workspace: string };
  tally: Tally;
  progress: ImportProgress;
  /** Copies again what an earlier import found equal. */
  again: boolean;
  dryRun: boolean;
  complain(subject: string, message: string): void;
  /** Ids of runs and logged models that were looked at. */
  seen: Set<string>;
  /** Logged models by run and name: older addresses of model versions name them so. */
  modelsOfRuns: Map<string, string>;
}

export const noteLoggedModel = (task: Import, model: SourceLoggedModel): void => {
  task.seen.add(model.id);
  if (model.sourceRunId) task.modelsOfRuns.set(`${model.sourceRunId}/${model.name}`, model.id);
};
