import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** Folders beside the command whose files belong to the run, as in Azure ML. */
export const keptFolders = ["outputs", "logs"];

/** What every step finds in its folder, the outer ones first. */
export const stepFolders = ["code", ...keptFolders.map((name) => join("code", name)), "tmp", "home"];

/**
 * Makes them. Nobody else has the folder yet, so nothing can keep these calls waiting, and to hand one to another thread
 * takes longer than it does.
 */
export function makeStepFolders(folder: string): void {
  for (const name of stepFolders) mkdirSync(join(folder, name));
}
