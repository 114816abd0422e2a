import { useQuery } from "@tanstack/react-query";
import { useWorkspace } from "../../api.ts";
import { CodeBlock } from "../copy.tsx";
import { Loaded } from "../loaded.tsx";
import { Described, isDescribed } from "./described.tsx";
import { imageQuery, imageType, type StoredFile, textQuery } from "./file-content.ts";
import { isText, largestImage, largestText } from "./file-kind.ts";
import { type LoggedTable, tableOfCsv, tableOfJson } from "./logged-table.ts";
import { TableView } from "./table-view.tsx";

/** What is in a file, by its name: a table, an image or text. What could run in a browser is shown as text. */
export function Preview({ file }: { file: StoredFile }) {
  const workspace = useWorkspace();
  const { path, size, digest } = file;
  const isImage = imageType(path) !== undefined;
  const known = isImage || isText(path);
  const small = size <= (isImage ? largestImage : largestText);
  const image = useQuery({ ...imageQuery(workspace, file), enabled: isImage && small });
  const text = useQuery({ ...textQuery(workspace, digest), enabled: !isImage && known && small });
  if (isDescribed(path)) return <Described file={file} source={text.data} />;
  if (!known || !small)
    return (
      <p className="ty-quiet">
        {known ? "Too large to show here" : "No preview for this kind of file"}; download it instead.
      </p>
    );
  if (isImage) return <Loaded query={image}>{(source) => <img src={source} alt={path} />}</Loaded>;
  return (
    <Loaded query={text}>
      {(content) => {
        const table = tableOf(path, content);
        return table ? (
          <TableView table={table} label={path} />
        ) : (
          <CodeBlock text={pretty(path, content)} label="file" />
        );
      }}
    </Loaded>
  );
}

function tableOf(path: string, content: string): LoggedTable | null {
  if (/\.csv$/i.test(path)) return tableOfCsv(content);
  if (/\.tsv$/i.test(path)) return tableOfCsv(content, "\t");
  return /\.json$/i.test(path) ? tableOfJson(content) : null;
}

function pretty(path: string, text: string): string {
  if (!path.endsWith(".json")) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
