import { checkFiles, type ModelReport } from "./check.ts";
import { bytesSource } from "./source.ts";

/** The report about files; a text is taken byte by byte. */
export const reportOf = (files: Record<string, string | Uint8Array>): ModelReport =>
  checkFiles(
    Object.entries(files).map(([path, content]) => ({
      path,
      source: bytesSource(typeof content === "string" ? Buffer.from(content, "latin1") : content),
    })),
  );

/** The rules that files break, notes apart. */
export const rulesOf = (files: Record<string, string | Uint8Array>): string[] =>
  reportOf(files)
    .findings.filter((finding) => finding.severity !== "note")
    .map((finding) => finding.rule);
