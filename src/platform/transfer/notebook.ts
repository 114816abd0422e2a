/** Notebooks larger than this are taken as they are. */
const largestNotebook = 100 * 1024 * 1024;

/** What running a notebook leaves in the metadata of its cells, and what looking at it does. */
const cellTraces = ["execution", "ExecuteTime", "papermill", "collapsed", "scrolled", "outputId", "executionInfo"];
const notebookTraces = ["papermill", "widgets", "signature"];

export const isNotebook = (path: string, size: number): boolean => /\.ipynb$/i.test(path) && size <= largestNotebook;

/**
 * A notebook without outputs, execution counts and other traces of having been run, in the form that Jupyter writes:
 * running it again changes nothing. Undefined for what is no notebook.
 */
export function stripNotebook(content: Uint8Array): Uint8Array | undefined {
  const notebook = parsed(content);
  if (!notebook) return undefined;
  forget(notebook.metadata, notebookTraces);
  forget((notebook.metadata as Fields | undefined)?.language_info, ["version"]);
  for (const cell of cellsOf(notebook)) {
    forget(cell.metadata, cellTraces);
    if (cell.cell_type !== "code") continue;
    cell.outputs = [];
    if ("prompt_number" in cell) cell.prompt_number = null;
    else cell.execution_count = null;
  }
  return Buffer.from(`${JSON.stringify(notebook, null, 1)}\n`);
}

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parsed(content: Uint8Array): Fields | undefined {
  try {
    const read: unknown = JSON.parse(Buffer.from(content).toString());
    return isFields(read) && typeof read.nbformat === "number" ? read : undefined;
  } catch {
    return undefined;
  }
}

/** Format 3 keeps its cells in worksheets. */
function cellsOf(notebook: Fields): Fields[] {
  const sheets = Array.isArray(notebook.worksheets) ? notebook.worksheets : [notebook];
  return sheets
    .filter(isFields)
    .flatMap((sheet) => (Array.isArray(sheet.cells) ? sheet.cells : []))
    .filter(isFields);
}

function forget(from: unknown, names: readonly string[]): void {
  if (isFields(from)) for (const name of names) delete from[name];
}
