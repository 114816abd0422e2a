import { version } from "../server/version.ts";
import { addCompletion } from "./completion.ts";
import { addAccess } from "./nouns/access.ts";
import { addAudit } from "./nouns/audit.ts";
import { addBuild } from "./nouns/build.ts";
import { addComponent } from "./nouns/component.ts";
import { addCompute } from "./nouns/compute.ts";
import { addData } from "./nouns/data.ts";
import { addDatastore } from "./nouns/datastore.ts";
import { addEndpoint } from "./nouns/endpoint.ts";
import { addEnvironment } from "./nouns/environment.ts";
import { addExperiment } from "./nouns/experiment.ts";
import { addGc } from "./nouns/gc.ts";
import { addImport } from "./nouns/import.ts";
import { addInit } from "./nouns/init.ts";
import { addJob } from "./nouns/job.ts";
import { addModel } from "./nouns/model.ts";
import { addMonitor } from "./nouns/monitor.ts";
import { addNotebook } from "./nouns/notebook.ts";
import { addPipeline } from "./nouns/pipeline.ts";
import { addRelease } from "./nouns/release.ts";
import { addRun } from "./nouns/run.ts";
import { addSchedule } from "./nouns/schedule.ts";
import { addSecret } from "./nouns/secret.ts";
import { addServer } from "./nouns/server.ts";
import { addStage } from "./nouns/stage.ts";
import { addTrace } from "./nouns/trace.ts";
import { addView } from "./nouns/view.ts";
import { addWebhook } from "./nouns/webhook.ts";
import { addWorkspace } from "./nouns/workspace.ts";
import { addGlobalOptions, Command } from "./program.ts";

/** Every command that there is. */
export function createProgram(): Command {
  const program = new Command("trainyard")
    .description(
      "MLOps that a team runs itself: data → pipeline → model → approved release → endpoint → monitoring → retraining",
    )
    .version(version)
    .showHelpAfterError("(add --help for help)")
    .configureHelp({ showGlobalOptions: true });
  // Before the commands are added, which take it over.
  program.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  addGlobalOptions(program);
  for (const add of [
    addServer,
    addInit,
    addWorkspace,
    addData,
    addDatastore,
    addSecret,
    addEnvironment,
    addComponent,
    addCompute,
    addJob,
    addPipeline,
    addSchedule,
    addNotebook,
    addExperiment,
    addRun,
    addTrace,
    addView,
    addWebhook,
    addModel,
    addImport,
    addBuild,
    addStage,
    addRelease,
    addEndpoint,
    addMonitor,
    addAccess,
    addAudit,
    addGc,
    addCompletion,
  ]) {
    add(program);
  }
  return program;
}
