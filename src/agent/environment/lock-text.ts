/**
 * What the text of a lock says: a pip requirements file in which every package is pinned, with comments in front. It is
 * all that another agent needs, together with what it names.
 */
export interface LockText {
  /** Digest of the tree with the files that are installed, or with the project. */
  files: string | null;
  /** Are the files a project of uv, whose own lock counts? */
  isProject: boolean;
  /** Where packages come from and how they are taken: `--extra-index-url …`. */
  options: string[];
  /** `numpy==2.2.0 --hash=sha256:…` */
  packages: string[];
}

const filesMark = "# files ";
const projectMark = "# project of uv";

export const writeLock = ({ files, isProject, options, packages }: LockText): string =>
  [
    ...(files === null ? [] : [`${filesMark}${files}`]),
    ...(isProject ? [projectMark] : []),
    ...options,
    ...packages.toSorted(),
    "",
  ].join("\n");

export function readLock(text: string): LockText {
  const lines = text.split("\n").map((line) => line.trim());
  const files = lines.find((line) => line.startsWith(filesMark))?.slice(filesMark.length) ?? null;
  const said = lines.filter((line) => line !== "" && !line.startsWith("#"));
  return {
    ...{ files, isProject: lines.includes(projectMark) },
    options: said.filter((line) => line.startsWith("-")),
    packages: said.filter((line) => !line.startsWith("-")),
  };
}

/** Of the lines of a specification, those that say where packages come from; what is pinned needs no `--pre`. */
export const optionsOf = (lines: string[]): string[] =>
  lines.filter((line) =>
    /^(-i|-f|--(extra-)?index-url|--no-index|--find-links|--no-binary|--only-binary)\b/.test(line),
  );

/** The lines that uv prints, one for each package. */
export const packagesIn = (printed: string): string[] =>
  printed
    .replaceAll(/\s*\\\n\s*/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^[#-]/.test(line));

const hash = /\s+--hash=sha256:([0-9a-f]{64})/g;

/**
 * Leaves out the digests of files for other platforms, which are most of them: a lock is sent with every step. `fitting`
 * is a text that names those that fit.
 */
export const withFittingHashes = (packages: string[], fitting: string): string[] =>
  packages.map((line) => {
    const fits = [...line.matchAll(hash)].some(([, digest = ""]) => fitting.includes(digest));
    return fits ? line.replaceAll(hash, (one, digest: string) => (fitting.includes(digest) ? one : "")) : line;
  });
