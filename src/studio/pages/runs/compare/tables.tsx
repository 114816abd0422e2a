import { Select } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useWorkspace } from "../../../api.ts";
import { textQuery } from "../../../parts/files/file-content.ts";
import { largestText } from "../../../parts/files/file-kind.ts";
import { tableOfCsv, tableOfJson } from "../../../parts/files/logged-table.ts";
import { TableView } from "../../../parts/files/table-view.tsx";
import { Section } from "../../../parts/page.tsx";
import type { ComparedRun, Comparison } from "./use-compare.ts";
import { useFiles } from "./use-files.ts";

/** The same table of every run, one below the other. */
export function Tables({ runs, search, set }: Comparison & { runs: ComparedRun[] }) {
  const workspace = useWorkspace();
  const { files, pending } = useFiles(runs);
  const paths = [
    ...new Set(
      files.flatMap(({ files: own }) =>
        own.filter(({ path, size }) => /\.(json|csv|tsv)$/i.test(path) && size <= largestText).map(({ path }) => path),
      ),
    ),
  ].toSorted();
  const path = paths.includes(search.path ?? "") ? search.path! : (paths[0] ?? "");
  const having = files.flatMap(({ run, files: own }) => {
    const file = own.find((one) => one.path === path);
    return file ? [{ run, file }] : [];
  });
  const texts = useQueries({
    queries: having.map(({ file }) => textQuery(workspace, file.digest)),
  });
  if (pending) return <p className="ty-quiet">Reading the lists of files…</p>;
  if (paths.length === 0)
    return (
      <p className="ty-quiet">
        None of these runs has tables. <code>mlflow.log_table</code> puts them here; CSV files count too.
      </p>
    );
  return (
    <Section title="Tables" flush>
      <div className="ty-controls ty-section-body">
        <Select
          size="xs"
          w={320}
          aria-label="Table"
          searchable
          data={paths}
          value={path}
          onChange={(value) => set({ path: value ?? undefined })}
        />
      </div>
      {having.map(({ run }, index) => {
        const text = texts[index]?.data;
        const table =
          text === undefined
            ? undefined
            : /\.json$/i.test(path)
              ? tableOfJson(text)
              : tableOfCsv(text, /\.tsv$/i.test(path) ? "\t" : ",");
        return (
          <div key={run.id} className="ty-one-table">
            <h3>
              <i className="ty-swatch" style={{ background: run.color }} /> {run.name}
            </h3>
            {table === null && <p className="ty-quiet">This file holds no table.</p>}
            {table && <TableView table={table} label={`${path} of ${run.name}`} />}
          </div>
        );
      })}
    </Section>
  );
}
