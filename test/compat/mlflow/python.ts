import { pythonWith } from "../../support/python.ts";

/** The version whose API the server serves, and the newest one. */
export const pinned = "3.11.1";
export const newest = "3.17.2";

export const pythonWithMlflow = (version: string): Promise<string> =>
  pythonWith("mlflow", [`mlflow==${version}`, "scikit-learn==1.7.2", "matplotlib==3.10.7", "lightgbm==4.6.0"]);

/** What a client's process needs in its environment. */
export const clientSettings = (url: string, token: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  MLFLOW_TRACKING_URI: url,
  MLFLOW_TRACKING_TOKEN: token,
  MLFLOW_DISABLE_TELEMETRY: "true",
  MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: "false",
  GIT_PYTHON_REFRESH: "quiet",
});
