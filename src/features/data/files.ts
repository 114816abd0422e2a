import type { TreeFile } from "../../contract/common.ts";
import type { TableFormat } from "../../platform/table/index.ts";

const formats: Record<string, TableFormat> = {
  csv: "csv",
  tsv: "tsv",
  parquet: "parquet",
  jsonl: "jsonl",
  ndjson: "jsonl",
};
const mostFiles = 10_000;

/** The tables among the files of a data version. */
export interface Tables {
  format: TableFormat;
  files: TreeFile[];
}

/**
 * Which files of a tree are one table together, by how their names end; or why there is none. Hidden files, files that
 * begin with `_` (`_SUCCESS`), notes and the `MLTable` file beside them do not count.
 */
export function tablesOf(files: TreeFile[]): Tables | { none: string } {
  const counted = files.filter((file) => !isBeside(file.path));
  const other = counted.find((file) => formatOf(file.path) === undefined);
  if (counted.length === 0) return { none: "There is no file in it." };
  if (other) return { none: `"${other.path}" is no table that can be read: .csv, .tsv, .parquet or .jsonl.` };
  const found = [...new Set(counted.map((file) => formatOf(file.path)!))];
  if (found.length > 1) return { none: `Its files are of several formats (${found.join(", ")}).` };
  if (counted.length > mostFiles)
    return { none: `It has ${counted.length} files; at most ${mostFiles} are read as one table.` };
  return { format: found[0]!, files: counted };
}

const formatOf = (path: string): TableFormat | undefined => formats[/\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? ""];

const isBeside = (path: string): boolean =>
  path.split("/").some((part) => part.startsWith(".") || part.startsWith("_")) ||
  /(^|\/)(MLTable|LICENSE|README[^/]*|[^/]+\.md)$/i.test(path);
