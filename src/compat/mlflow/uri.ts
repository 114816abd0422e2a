import { artifactPath } from "../../features/run/index.ts";
import { invalidParameter } from "./error.ts";

/**
 * Where clients find artifacts. They are names for rows of a table; the client asks for them through this server and
 * no storage ever sees them.
 */
export const experimentUri = (experimentId: string): string => `mlflow-artifacts:/${experimentId}`;
export const runUri = (experimentId: string, runId: string): string =>
  `mlflow-artifacts:/${experimentId}/${runId}/artifacts`;
export const loggedModelUri = (experimentId: string, modelId: string): string =>
  `mlflow-artifacts:/${experimentId}/models/${modelId}/artifacts`;
export const traceUri = (experimentId: string, traceId: string): string =>
  `mlflow-artifacts:/${experimentId}/traces/${traceId}/artifacts`;
export const versionUri = (name: string, version: string): string =>
  `mlflow-artifacts:/models/${segmentOf(name)}/${version}`;

/** Clients escape what they download and not what they list, so a name that needs escaping is spelt without. */
const segmentOf = (name: string): string =>
  /^[\w.-][\w. -]*$/.test(name) ? name : `=${Buffer.from(name).toString("base64url")}`;

const nameOf = (segment: string): string =>
  segment.startsWith("=") ? Buffer.from(segment.slice(1), "base64url").toString() : segment;

/** Whose files a path names, and which of them; `""` for all. */
export type Place =
  | { kind: "run"; id: string; path: string }
  | { kind: "logged-model"; id: string; path: string }
  | { kind: "trace"; id: string; path: string }
  | { kind: "version"; name: string; version: string; path: string };

/** What a path behind `mlflow-artifacts:/` means; undefined when it is nobody's. */
export function placeOf(fullPath: string): Place | undefined {
  const [first = "", second = "", third = "", fourth = "", ...rest] = safePath(fullPath).split("/");
  const deeper = [fourth, ...rest].filter(Boolean).join("/");
  if (first === "models" && second && third)
    return { kind: "version", name: nameOf(second), version: third, path: deeper };
  if (second === "models" && fourth === "artifacts") return { kind: "logged-model", id: third, path: rest.join("/") };
  if (second === "traces" && fourth === "artifacts") return { kind: "trace", id: third, path: rest.join("/") };
  if (/^[0-9a-f]{32}$/.test(second) && third === "artifacts") return { kind: "run", id: second, path: deeper };
  return undefined;
}

const mostDecoded = 5;

/** A relative path without a trailing slash; `""` for the root. */
export function safePath(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  if (trimmed === "") return "";
  try {
    // What decodes into something that leaves the folder, however often, would leave it behind a careless proxy.
    let decoded = trimmed;
    for (let again = 0; again < mostDecoded && decoded !== decodedText(decoded); again++) {
      decoded = decodedText(decoded);
      artifactPath(decoded);
    }
    return artifactPath(trimmed);
  } catch {
    throw invalidParameter("Invalid path");
  }
}

export function decodedText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
