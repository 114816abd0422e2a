import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** Folders beside the command whose files belong to the run, as in Azure ML. */
export const keptFolders = ["outputs", "logs"];

/** What a step whose folder is its own finds there before its code is. */
const ownFolders = ["code", "tmp", "home"];

/** What every step finds in its folder, the outer ones first. */
export const stepFolders = [...ownFolders, ...keptFolders.map((name) => join("code", name))];

/**
 * Makes them. Nobody else has the folder yet, so nothing can keep these calls waiting, and to hand one to another thread
 * takes longer than it does.
 */
export function makeStepFolders(folder: string): void {
  for (const name of ownFolders) mkdirSync(join(folder, name));
}

/** Makes the folders whose files are kept beside the code; a file of the code that has such a name stays what it is. */
export function makeKeptFolders(code: string): void {
  for (const name of keptFolders) {
    try {
      mkdirSync(join(code, name));
    } catch (error) {
      if ((error as { code?: string }).code !== "EEXIST") throw error;
    }
  }
}
