import type {
  ImportedExperiment,
  ImportedLoggedModel,
  ImportedModel,
  ImportedRun,
  ImportedVersion,
} from "../../contract/import.ts";

/** One point of a metric's history. */
export interface SourcePoint {
  key: string;
  timestamp: number;
  step: number;
  value: number;
}

export interface SourceExperiment extends Omit<ImportedExperiment, "source"> {
  id: string;
}

export interface SourceRun extends Omit<ImportedRun, "experimentId"> {
  /** The latest point of each metric, as text: with the rest it tells whether a run has changed. */
  latest: string[];
  artifactUri: string;
}

export interface SourceLoggedModel extends Omit<ImportedLoggedModel, "experimentId"> {
  artifactUri: string;
}

export interface SourceVersion extends Omit<ImportedVersion, "files"> {
  /** Where the files are when neither the source nor the run says it. */
  storage: string;
}

export interface SourceModel extends Omit<ImportedModel, "versions"> {
  versions: SourceVersion[];
}

/** Whose files: of a run or logged model, or in a folder that a model version names. */
export interface SourcePlace {
  kind: "run" | "logged-model" | "folder";
  id: string;
  uri: string;
}

export interface SourceFile {
  path: string;
  size: number;
  /** Its place on this machine, or how to fetch it. */
  at: string | (() => Promise<AsyncIterable<Uint8Array>>);
}

/** A tracking server as it can be read. What cannot be read is told to `complain` and left out. */
export interface Source {
  /** Its address without credentials; the same at the next import. */
  address: string;
  /** What kind and version it is. */
  description: string;
  /** How many things it has that are not taken over, by their names. */
  leftOut(): Promise<Map<string, number>>;
  experiments(): Promise<SourceExperiment[]>;
  /** In batches. */
  runs(experimentId: string): AsyncIterable<SourceRun[]>;
  points(run: SourceRun): AsyncIterable<SourcePoint>;
  loggedModels(experimentId: string): AsyncIterable<SourceLoggedModel[]>;
  models(): AsyncIterable<SourceModel>;
  files(place: SourcePlace): AsyncIterable<SourceFile>;
  close(): Promise<void>;
}

export interface SourceOptions {
  includeDeleted: boolean;
  /** Folders in which artifacts may be read. */
  artifactFolders: string[];
  /** The workspace of the source, where it has some. */
  workspace: string;
  complain(subject: string, message: string): void;
}

export const states = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"] as const;

export const stateOf = (state: unknown): ImportedRun["state"] => states.find((known) => known === state) ?? "FINISHED";

export const lifecycleOf = (stage: unknown): "active" | "deleted" => (stage === "deleted" ? "deleted" : "active");

/** The logged model that a version's source names: `models:/m-…` or a path with `/models/m-…/artifacts`. */
export function loggedModelOf(...sources: string[]): string | null {
  for (const source of sources) {
    const [, id] =
      /^models:\/*(m-[0-9a-f]{32})$/.exec(source) ?? /\/models\/(m-[0-9a-f]{32})\/artifacts\/?$/.exec(source) ?? [];
    if (id) return id;
  }
  return null;
}
