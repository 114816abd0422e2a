import type { AssetSource } from "../../contract/asset-source.ts";
import { type GitPlace, parseGitUrl } from "./git-url.ts";
import type { Refusal } from "./issues.ts";

/** What a string that names an asset, a folder or a file can mean. */
export type Reference =
  /** `azureml:name:version`, `azureml:name@label`, `azureml:name` (the latest). */
  | { kind: "asset"; name: string; version?: string; label?: string }
  /** `azureml://registries/<registry>/<noun>/<name>/versions/<version>` or `…/labels/<label>`. */
  | { kind: "registry"; registry: string; noun: string; name: string; version?: string; label?: string }
  /** `git+https://…#branch:folder`. */
  | ({ kind: "git" } & GitPlace)
  /** `azureml://jobs/<job>/outputs/<output>/paths/<path>`; the output `artifacts` is what the job's run keeps. */
  | { kind: "job"; job: string; output: string; path: string }
  /** `runs:/<run>/<path>`. */
  | { kind: "run"; run: string; path: string }
  /** A place outside the workspace and the uploaded files; `what` names the form. */
  | { kind: "remote"; what: string; url?: string }
  | { kind: "local"; path: string }
  | { kind: "invalid"; message: string; hint: string };

/** A reference to something that is neither a file beside the YAML nor an asset of the workspace. */
export type Elsewhere = Extract<Reference, { kind: "git" | "job" | "run" | "remote" }>;

/** How messages name it. */
export function whatIs(reference: Elsewhere): string {
  switch (reference.kind) {
    case "git":
      return "a git URL";
    case "job":
      return "an output of another job";
    case "run":
      return "an artifact of an MLflow run (runs:/)";
    case "remote":
      return reference.what;
  }
}

/** The name under which it is refused where it is not taken. */
export function refusalOf(reference: Elsewhere): Refusal {
  if (reference.kind === "remote") return reference.what.startsWith("a git URL") ? "git URLs" : "resource ids";
  return reference.kind === "git" ? "git URLs" : "outputs of other jobs";
}

/** What a reference means as the place that files are taken from. */
export function sourceOf(reference: Reference): AssetSource | undefined {
  switch (reference.kind) {
    case "remote":
      return reference.url === undefined ? undefined : { from: "url", url: reference.url };
    case "job":
      return { from: "job", job: reference.job, output: reference.output, path: reference.path };
    case "run":
      return { from: "run", run: reference.run, path: reference.path };
    default:
      return undefined;
  }
}

const assetName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/;

/** Understands every form of reference of the language; never fails. */
export function parseReference(text: string): Reference {
  const written = text.trim();
  if (/^azureml:\/\//i.test(written)) return parseUri(written.slice("azureml://".length), written);
  if (/^azureml:/i.test(written)) return parseAsset(written.slice("azureml:".length), written);
  const git = parseGitUrl(written);
  if (git) return git;
  if (written.startsWith("runs:/")) return parseRun(written);
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(written)?.[1]?.toLowerCase();
  if (scheme && scheme !== "file") return { kind: "remote", what: `a URL (${scheme}://)`, url: written };
  if (written === "") return { kind: "invalid", message: "an empty path", hint: "Write a path such as ./data.csv." };
  return { kind: "local", path: written.replace(/^file:(\/\/)?/, "") };
}

function parseAsset(body: string, written: string): Reference {
  if (body.startsWith("/")) return { kind: "remote", what: "a resource id of another workspace" };
  const [name = "", version] = splitOnce(body, ":");
  if (version !== undefined) return checked({ kind: "asset", name, version }, [name, version], written);
  const [labelled = "", label] = splitOnce(body, "@");
  if (label !== undefined) return checked({ kind: "asset", name: labelled, label }, [labelled, label], written);
  return checked({ kind: "asset", name: body, label: "latest" }, [body], written);
}

function parseUri(body: string, written: string): Reference {
  const registry = /^registries\/([^/]+)\/(\w+)\/([^/]+)(?:\/(versions|labels)\/([^/]+))?\/?$/.exec(body);
  if (registry) {
    const [, owner = "", noun = "", name = "", by, value = "latest"] = registry;
    const pin = by === "versions" ? { version: value } : { label: value };
    return checked({ kind: "registry", registry: owner, noun, name, ...pin }, [name, value], written);
  }
  const own = /^(models|data|environments|components|codes)\/([^/]+)\/(versions|labels)\/([^/]+)\/?$/.exec(body);
  if (own) {
    const [, , name = "", by, value = ""] = own;
    return checked(
      { kind: "asset", name, ...(by === "versions" ? { version: value } : { label: value }) },
      [name, value],
      written,
    );
  }
  if (/^(subscriptions\/.*\/)?datastores\//i.test(body))
    return { kind: "remote", what: "a datastore path", url: written };
  if (/^(subscriptions\/.*\/)?jobs\//i.test(body)) return parseJobOutput(body, written);
  return { kind: "remote", what: "a resource id of another workspace" };
}

const howToNameOutput = "Write azureml://jobs/<job>/outputs/<output>/paths/<path>.";

function parseJobOutput(body: string, written: string): Reference {
  const found = /(?:^|\/)jobs\/([^/]+)\/outputs\/([A-Za-z_]\w*)(?:\/paths)?(?:\/(.*))?$/i.exec(body);
  const [, job = "", output = "", rest = ""] = found ?? [];
  const path = cleanPath(rest);
  if (found && path !== undefined) return checked({ kind: "job", job, output, path }, [job], written, howToNameOutput);
  return { kind: "invalid", message: `"${written}" is not an output of a job`, hint: howToNameOutput };
}

/** `runs:/<run>`, with or without a path below its artifacts. */
function parseRun(written: string): Reference {
  const [, run = "", rest = ""] = /^runs:\/+([^/]+)(?:\/(.*))?$/.exec(written) ?? [];
  const path = cleanPath(rest);
  const hint = "Write runs:/<run>/<path of the artifact>.";
  if (path === undefined) return { kind: "invalid", message: `"${written}" is not an artifact of a run`, hint };
  return checked({ kind: "run", run, path }, [run], written, hint);
}

/** A path below something, without empty parts; undefined when it leads out of it. */
function cleanPath(path: string): string | undefined {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return parts.some((part) => part === ".." || part.includes("\\")) ? undefined : parts.join("/");
}

const howToNameAsset = "Write azureml:<name>:<version>, azureml:<name>@latest or azureml:<name>@<alias>.";

function checked(reference: Reference, names: string[], written: string, hint: string = howToNameAsset): Reference {
  if (names.every((name) => assetName.test(name) && !name.includes(".."))) return reference;
  const what = reference.kind === "asset" || reference.kind === "registry" ? "an asset" : "an output";
  return { kind: "invalid", message: `"${written}" is not a reference to ${what}`, hint };
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
