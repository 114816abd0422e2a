import { existsSync } from "node:fs";
import { join } from "node:path";
import { interpreterOf } from "../../contract/interpreter-image.ts";
import { StepFailed } from "../failure.ts";

/**
 * What a step that names an image and no packages runs with, when steps are processes: the machine's own interpreter.
 * Gives the words for the log; fails when there is none.
 */
export function standInFor(image: string, path = process.env.PATH ?? ""): string {
  const program = interpreterOf(image);
  const found = program && path.split(":").find((folder) => existsSync(join(folder, program)));
  if (found) return `Steps run as processes here: ${join(found, program)} stands in for the image ${image}.`;
  const why = program ? `and this machine has no ${program} to stand in for it` : "which only a container has";
  throw new StepFailed(
    `The step asks for the image ${image}, ${why}. Give the environment a conda_file, or the step a compute of kind container.`,
    { retryable: false },
  );
}
