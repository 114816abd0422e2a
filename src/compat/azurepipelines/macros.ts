// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import type { At, Issues, Located } from "../azureml/issues.ts";

const folders = new Set([
  "Build.SourcesDirectory",
  "Build.Repository.LocalPath",
  "System.DefaultWorkingDirectory",
  "Pipeline.Workspace",
]);
const predefined = /^(Agent|Build|Environment|Pipeline|System)\./;
const macro = /\$\(([A-Za-z_][\w.]*)\)/g;

/** The shell's name of a variable: `my.name` is `MY_NAME`. */
export const environmentName = (variable: string): string => variable.replaceAll(".", "_").toUpperCase();

/**
 * Fills in `$(name)` for the variables of the file and for the folder of the code. Any other `$(command)` belongs to
 * the shell. Expressions are refused, since leaving them as they are would change what the script does.
 */
export function expand(
  written: Located<string>,
  variables: ReadonlyMap<string, string>,
  issues: Issues,
  folder: string | undefined = "${BUILD_SOURCESDIRECTORY}",
): string {
  const { value, at } = written;
  refuseExpressions(value, at, issues);
  return value.replace(macro, (source, name: string) => {
    const known = variables.get(name);
    if (known !== undefined) return known;
    if (folders.has(name) && folder !== undefined) return folder;
    if (predefined.test(name)) issues.add(at, `not supported yet: the predefined variable ${source} here`);
    return source;
  });
}

export function refuseExpressions(text: string, at: At, issues: Issues): void {
  if (text.includes("${{")) issues.add(at, "not supported yet: template expressions ${{ … }}", "Write the value.");
  if (text.includes("$[")) issues.add(at, "not supported yet: runtime expressions $[ … ]", "Write the value.");
}
