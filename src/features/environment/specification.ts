import type { JobEnvironment } from "../../contract/job.ts";
import { digestOf } from "../../platform/digest.ts";

/** What an environment is made of, whatever it is called. */
export type Specification = Omit<JobEnvironment, "name">;

/** What names a specification by content. */
export const specificationDigest = ({ condaFile, image, build, files, uvProject }: Specification): string =>
  digestOf({ condaFile, image, build, files, uvProject });

/** The name of one that has none. */
export const inlineName = (digest: string): string => `inline-${digest.slice(0, 8)}`;
