import { useQuery } from "@tanstack/react-query";
import type { FilePreview, TablePreview } from "../../../contract/file-preview.ts";
import { query, useWorkspace } from "../../api.ts";
import { CodeBlock } from "../copy.tsx";
import { Loaded } from "../loaded.tsx";
import { fieldsOf, SignatureTable } from "../signature-table.tsx";
import { Tag } from "../state.tsx";
import type { StoredFile } from "./file-content.ts";
import { TableView } from "./table-view.tsx";

/** Does the server say what is in it? */
export const isDescribed = (path: string): boolean => /\.parquet$|(^|\/)MLmodel$/i.test(path);

interface DescribedProps {
  file: StoredFile;
  /** The file itself, when it is text. */
  source: string | undefined;
}

/** A file that the server reads for the browser: the first rows of a table, or a model's signature. */
export function Described({ file: { path, digest }, source }: DescribedProps) {
  const params = { workspace: useWorkspace(), digest };
  const preview = useQuery({
    ...query("blob", "preview", { params, query: { path } }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <>
      <Loaded query={preview}>
        {(found) => (found.kind === "table" ? <Table found={found} label={path} /> : <Model found={found} />)}
      </Loaded>
      {source !== undefined && <CodeBlock text={source} label="file" />}
    </>
  );
}

const numberType = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\([\d,]+\))$/;

function Table({ found, label }: { found: TablePreview; label: string }) {
  const { columns, rows, totalRows, totalColumns } = found;
  const table = {
    columns: columns.map(({ name }) => name),
    numeric: columns.map(({ type }) => numberType.test(type)),
    ...{ rows, totalRows },
  };
  return (
    <>
      <TableView table={table} label={label} />
      {totalColumns > columns.length && (
        <p className="ty-change-note">
          The first {columns.length} of {totalColumns} columns.
        </p>
      )}
    </>
  );
}

function Model({ found: { flavors, signature } }: { found: Extract<FilePreview, { kind: "model" }> }) {
  return (
    <div className="ty-described">
      <p className="ty-tags">
        <span className="ty-dim">Flavors</span>
        {flavors.map((flavor) => (
          <Tag key={flavor}>{flavor}</Tag>
        ))}
      </p>
      {signature ? <SignatureTable fields={fieldsOf(signature)} /> : <p className="ty-quiet">It has no signature.</p>}
    </div>
  );
}
