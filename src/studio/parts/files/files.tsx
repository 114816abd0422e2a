import { TextInput } from "@mantine/core";
import { useState } from "react";
import { blobContract } from "../../../contract/blob.ts";
import { urlOf } from "../../../contract/client.ts";
import { useWorkspace } from "../../api.ts";
import { bytes, count } from "../number.ts";
import type { StoredFile } from "./file-content.ts";
import { Preview } from "./preview.tsx";

/** A longer list is searched rather than read. */
const mostRead = 12;
const mostShown = 200;

/** Files to choose from, and what is in the one that is chosen. A file that is alone is chosen already. */
export function Files({ files }: { files: StoredFile[] }) {
  const [path, setPath] = useState<string | null>(null);
  const [only] = files;
  if (only && files.length === 1) return <Chosen file={only} />;
  const chosen = files.find((file) => file.path === path);
  return (
    <div className="ty-files-box">
      <div className="ty-files">
        <FileList files={files} chosen={path} onChoose={setPath} />
        {chosen ? (
          <Chosen key={chosen.path} file={chosen} />
        ) : (
          <p className="ty-preview ty-dim">Choose a file to see it.</p>
        )}
      </div>
    </div>
  );
}

interface FileListProps {
  files: StoredFile[];
  chosen: string | null;
  onChoose: (path: string) => void;
}

function FileList({ files, chosen, onChoose }: FileListProps) {
  const [wanted, setWanted] = useState("");
  const found = files.filter(({ path }) => path.toLowerCase().includes(wanted.trim().toLowerCase()));
  return (
    <div className="ty-files-list">
      {files.length > mostRead && (
        <TextInput
          size="xs"
          type="search"
          aria-label="Search files"
          placeholder={`Search ${count(files.length)} files`}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
      )}
      <ul>
        {found.slice(0, mostShown).map(({ path, size }) => (
          <li key={path}>
            <button type="button" aria-pressed={path === chosen} onClick={() => onChoose(path)}>
              <code>{path}</code>
              <span className="ty-dim ty-num">{bytes(size)}</span>
            </button>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="ty-hint">No path has these characters.</p>}
      {found.length > mostShown && <p className="ty-hint">The first {mostShown} are shown; search for the others.</p>}
    </div>
  );
}

function Chosen({ file }: { file: StoredFile }) {
  const workspace = useWorkspace();
  return (
    <div className="ty-preview">
      <div className="ty-preview-head">
        <code>{file.path}</code>
        <span className="ty-dim ty-num">{bytes(file.size)}</span>
        <span className="ty-grow" />
        <a
          className="ty-link"
          href={urlOf(blobContract.get, { params: { workspace, digest: file.digest } })}
          download={file.path.split("/").at(-1)}
        >
          Download
        </a>
      </div>
      <Preview file={file} />
    </div>
  );
}
