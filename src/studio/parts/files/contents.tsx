import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { query, useWorkspace } from "../../api.ts";
import { Digest } from "../copy.tsx";
import { Loaded } from "../loaded.tsx";
import { bytes, plural } from "../number.ts";
import { Files } from "./files.tsx";

/** Something that a step made or was given: a value, or a tree of files. */
export interface Content {
  name: string;
  value?: string;
  tree?: string;
  /** The one file or folder of the tree that is meant. */
  path?: string | null;
  files?: number;
  size?: number;
  /** Where it is from. */
  note?: ReactNode;
}

/** More than this is not read before somebody asks for it. */
const mostUnasked = 1000;

/** Values as values; trees of files to open, look into and download from. */
export function Contents({ items, openFirst }: { items: Content[]; openFirst?: boolean }) {
  const first = items.find(({ tree, files = 0 }) => tree && files <= mostUnasked);
  return (
    <ul className="ty-contents">
      {items.map((item) => (
        <li key={item.name}>
          {item.tree === undefined ? <Value item={item} /> : <Folder item={item} open={openFirst && item === first} />}
        </li>
      ))}
    </ul>
  );
}

const Value = ({ item: { name, value, note } }: { item: Content }) => (
  <p className="ty-content-value">
    <b>{name}</b>
    {value !== undefined && <code>{value}</code>}
    {note && <span className="ty-dim">{note}</span>}
  </p>
);

function Folder({ item: { name, tree, path, files, size, note }, open }: { item: Content; open?: boolean }) {
  const [isOpen, setOpen] = useState(open ?? false);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <b>{name}</b>{" "}
        <span className="ty-dim">
          {[files !== undefined && plural(files, "file"), size !== undefined && bytes(size), path]
            .filter(Boolean)
            .join(", ")}
        </span>
      </summary>
      <p className="ty-content-origin ty-dim">
        {note && <span>{note}</span>}
        <span>
          sha256 <Digest value={tree!} />
        </span>
      </p>
      {isOpen && <FilesOf tree={tree!} path={path ?? null} />}
    </details>
  );
}

function FilesOf({ tree, path }: { tree: string; path: string | null }) {
  const params = { workspace: useWorkspace(), digest: tree };
  const found = useQuery({ ...query("blob", "getTree", { params }), staleTime: Number.POSITIVE_INFINITY });
  return (
    <Loaded query={found}>
      {({ files }) => {
        const meant =
          path === null ? files : files.filter((file) => file.path === path || file.path.startsWith(`${path}/`));
        return meant.length === 0 ? <p className="ty-quiet">An empty folder.</p> : <Files files={meant} />;
      }}
    </Loaded>
  );
}
