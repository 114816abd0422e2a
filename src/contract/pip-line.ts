/** Of a pip requirements file, without comments; a line that goes on in the next ones is one. */
export interface PipLine {
  text: string;
  /** Where it begins, from 1. */
  number: number;
}

/** What pip reads of a requirements file. */
export function pipLines(file: string): PipLine[] {
  const lines: PipLine[] = [];
  let open: PipLine | undefined;
  for (const [index, written] of file.split(/\r?\n/).entries()) {
    const text = written.replace(/(^|\s)#.*$/, "");
    const line: PipLine = open ? { ...open, text: `${open.text} ${text.trim()}` } : { text, number: index + 1 };
    open = line.text.endsWith("\\") ? { ...line, text: line.text.slice(0, -1).trimEnd() } : undefined;
    if (!open) lines.push(line);
  }
  if (open) lines.push(open);
  return lines.map(({ text, number }) => ({ text: text.trim(), number })).filter(({ text }) => text !== "");
}

/** A file or folder that a line names, and what else the line says. */
export interface NamedPath {
  is: "requirements" | "constraints" | "wheels" | "package";
  path: string;
  /** Behind the path: extras, markers, hashes. */
  rest: string;
}

const optionNames: Record<string, Exclude<NamedPath["is"], "package">> = {
  ...{ "-r": "requirements", "--requirement": "requirements" },
  ...{ "-c": "constraints", "--constraint": "constraints" },
  ...{ "-f": "wheels", "--find-links": "wheels" },
};
const isUrl = (text: string): boolean => /^[a-z][a-z0-9+.-]*:/i.test(text);

/** What a line names that lies beside the file, if it does: another file of lines, or a package. */
export function pathIn(line: string): NamedPath | undefined {
  const option = /^(-[rcf]|--(?:requirement|constraint|find-links))(?:\s*=\s*|\s+|(?<=^-[rcf]))(\S.*)$/.exec(line);
  if (option) {
    const [, name = "", path = ""] = option;
    return isUrl(path) ? undefined : { is: optionNames[name]!, path: path.trim(), rest: "" };
  }
  const [, path = "", rest = ""] = /^(\S+?\.(?:whl|tar\.gz|zip))((?:[[;\s].*)?)$/i.exec(line) ?? [];
  return path === "" || path.startsWith("-") || isUrl(path) ? undefined : { is: "package", path, rest };
}

/** A user or password of a URL, unless it is a variable (`${UV_TOKEN}`), which only an agent knows. */
const urlUser = /https?:\/\/([^\s/?#@'"]+)@/gi;

/** Does a text hold what nobody but the index is to know: `https://user:password@host`? */
export const holdsCredentials = (text: string): boolean =>
  [...text.matchAll(urlUser)].some(([, user = ""]) => user.replaceAll(/\$\{\w+\}/g, "").replaceAll(":", "") !== "");
