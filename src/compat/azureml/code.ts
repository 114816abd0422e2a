import { Problem } from "../../contract/errors.ts";
import type { CodeOrigin } from "../../contract/job.ts";
import { type CodePlace, type Context, type FoundCode, type LocalPath, mountOf } from "./context.ts";
import { describe, type Node, type ScalarNode } from "./document.ts";
import type { Located } from "./issues.ts";
import { parseReference, refusalOf, whatIs } from "./reference.ts";

interface ResolvedCode {
  /** Of the tree of files; null: none. */
  code: string | null;
  codeOrigin?: CodeOrigin;
}

/** The tree of the code folder; what is included besides lies in it under its own name. */
export async function resolveCode(
  node: Node | undefined,
  includes: Located<string>[],
  context: Context,
): Promise<ResolvedCode> {
  const read = node && (await readCode(node, context));
  const found = includes.flatMap(({ value, at }) => context.locate(value, at, "the included path") ?? []);
  if (read && "code" in read) {
    if (found.length > 0)
      context.issues.add(
        includes[0]!.at,
        "files cannot be included into code that lies elsewhere than beside the YAML",
      );
    return read;
  }
  const local = found.length > 0 ? await context.combine(read, found) : read && (await context.digest(read.path));
  return local === undefined ? { code: null } : { code: local, ...originBeside((read ?? found[0]!).path) };
}

/** Files beside the job's are where the job is; those of a registered component came with that. */
function originBeside(path: string): { codeOrigin?: CodeOrigin } {
  const component = mountOf(path);
  if (component === undefined) return {};
  return { codeOrigin: { url: component, commit: null, folder: path.slice(component.length + 1) } };
}

async function readCode(written: Node, context: Context): Promise<LocalPath | ResolvedCode | undefined> {
  const { issues } = context;
  // Files from before the first release of the language have the path in a mapping.
  const node = (written.kind === "map" && written.entries.get("local_path")?.node) || written;
  if (node.kind !== "scalar") {
    issues.add(node.at, `"code" must be a path, but it is ${describe(node)}`);
    return undefined;
  }
  const reference = parseReference(node.text);
  switch (reference.kind) {
    case "local":
      return context.locate(reference.path, node.at, "the code folder");
    case "invalid":
      issues.add(node.at, reference.message, reference.hint);
      return undefined;
    case "git": {
      const { kind: _, ...place } = reference;
      return readElsewhere(place, node, context);
    }
    case "asset":
    case "registry":
      issues.refuse(node.at, "resource ids", "a registered code asset as code is not supported yet", besideHint);
      return undefined;
    default:
      if (reference.kind === "remote" && reference.url) return readElsewhere({ url: reference.url }, node, context);
      issues.refuse(
        node.at,
        refusalOf(reference),
        `${whatIs(reference)} as code is not supported yet`,
        /^(ssh|git@|git\+ssh)/i.test(node.text.trim())
          ? "Write it as git+https://…: no keys are kept here."
          : besideHint,
      );
      return undefined;
  }
}

const besideHint = "Write the path of a folder beside the YAML file.";

/** Code in a repository or at a URL, as it is there now. */
async function readElsewhere(place: CodePlace, { at }: ScalarNode, context: Context): Promise<ResolvedCode> {
  const { issues } = context;
  if (!context.readCode) {
    issues.warn(at, "whether the code is there is looked at when the job is submitted");
    return { code: null };
  }
  try {
    const found = await context.readCode(place);
    for (const path of found.leftOut) issues.warn(at, `"${path}" is a submodule, or a link to nothing: it is left out`);
    return { code: found.digest, codeOrigin: originOf(place, found) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    issues.lack(at, error.message.replace(/\.$/, ""), error.hint);
    return { code: null };
  }
}

const originOf = (place: CodePlace, { commit }: FoundCode): CodeOrigin =>
  "url" in place
    ? { url: withoutSecrets(place.url), commit: null, folder: "" }
    : { url: place.repository, commit: commit ?? null, folder: place.folder ?? "" };

/** Keys and signatures are in the query, users and passwords before the host: the origin is kept with the job. */
const withoutSecrets = (url: string): string => url.replace(/[?#].*$/s, "").replace(/^(https?:\/\/)[^/]*@/i, "$1");
