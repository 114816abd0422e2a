import { engineReferences } from "../engine/index.ts";
import { buildReferences } from "../features/build/index.ts";
import { componentReferences } from "../features/component/index.ts";
import { conversionReferences } from "../features/conversion/index.ts";
import { dataReferences } from "../features/data/index.ts";
import { endpointReferences } from "../features/endpoint/index.ts";
import { environmentReferences } from "../features/environment/index.ts";
import { jobReferences } from "../features/job/index.ts";
import { modelReferences } from "../features/model/index.ts";
import { monitorReferences } from "../features/monitor/index.ts";
import { pipelineReferences } from "../features/pipeline/index.ts";
import { releaseReferences } from "../features/release/index.ts";
import { runReferences } from "../features/run/index.ts";
import type { BlobReferences } from "../platform/blob/references.ts";

/** Every place where blobs are referred to; what is in none of them is garbage. */
export const blobReferences: BlobReferences[] = [
  ...engineReferences,
  ...jobReferences,
  ...environmentReferences,
  ...componentReferences,
  ...pipelineReferences,
  ...runReferences,
  ...modelReferences,
  ...conversionReferences,
  ...dataReferences,
  ...endpointReferences,
  ...buildReferences,
  ...releaseReferences,
  ...monitorReferences,
];
