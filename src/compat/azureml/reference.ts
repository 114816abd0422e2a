import type { Refusal } from "./issues.ts";

/** What a string that names an asset, a folder or a file can mean. */
export type Reference =
  /** `azureml:name:version`, `azureml:name@label`, `azureml:name` (the latest). */
  | { kind: "asset"; name: string; version?: string; label?: string }
  /** `azureml://registries/<registry>/<noun>/<name>/versions/<version>` or `…/labels/<label>`. */
  | { kind: "registry"; registry: string; noun: string; name: string; version?: string; label?: string }
  /** A place outside the workspace and the uploaded files; `what` names the form. */
  | { kind: "remote"; what: string; url?: string }
  | { kind: "local"; path: string }
  | { kind: "invalid"; message: string; hint: string };

const assetName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/;

/** The name under which a place that is not reached is refused. */
export function refusalOf({ what }: { what: string }): Refusal {
  if (what === "a git URL") return "git URLs";
  if (what === "an output of another job") return "outputs of other jobs";
  return what.includes("MLflow") ? "MLflow run URIs" : "resource ids";
}

/** Understands every form of reference of the language; never fails. */
export function parseReference(text: string): Reference {
  const written = text.trim();
  if (/^azureml:\/\//i.test(written)) return parseUri(written.slice("azureml://".length), written);
  if (/^azureml:/i.test(written)) return parseAsset(written.slice("azureml:".length), written);
  if (/^git(\+\w+)?[:@]/.test(written) || /^https?:\/\/.*\.git([@#?].*)?$/.test(written))
    return { kind: "remote", what: "a git URL" };
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//.exec(written)?.[1]?.toLowerCase();
  if (scheme && scheme !== "file") return { kind: "remote", what: `a URL (${scheme}://)`, url: written };
  if (written.startsWith("runs:/")) return { kind: "remote", what: "an artifact of an MLflow run (runs:/)" };
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
  if (body.startsWith("datastores/")) return { kind: "remote", what: "a datastore path", url: written };
  if (body.startsWith("jobs/")) return { kind: "remote", what: "an output of another job" };
  if (/^subscriptions\/.*\/datastores\//.test(body)) return { kind: "remote", what: "a datastore path", url: written };
  return { kind: "remote", what: "a resource id of another workspace" };
}

function checked(reference: Reference, names: string[], written: string): Reference {
  if (names.every((name) => assetName.test(name) && !name.includes(".."))) return reference;
  return {
    kind: "invalid",
    message: `"${written}" is not a reference to an asset`,
    hint: "Write azureml:<name>:<version>, azureml:<name>@latest or azureml:<name>@<alias>.",
  };
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
