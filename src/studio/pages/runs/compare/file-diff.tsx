import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useWorkspace } from "../../../api.ts";
import { textQuery } from "../../../parts/files/file-content.ts";
import { isText, largestText } from "../../../parts/files/file-kind.ts";
import { bytes, plural } from "../../../parts/number.ts";
import { Section } from "../../../parts/page.tsx";
import { Sides } from "../../../parts/sides.tsx";
import { isStepImage } from "./logged-image.ts";
import type { ComparedRun, Comparison } from "./use-compare.ts";
import { type RunFile, useFiles } from "./use-files.ts";

/** Which files the runs have in common, which of them differ, and how two of a kind differ. */
export function FileDiff({ runs, search, set }: Comparison & { runs: ComparedRun[] }) {
  const { files, pending } = useFiles(runs);
  if (pending) return <p className="ty-quiet">Reading the lists of files…</p>;
  // The paths of `log_image` hold times and random ids: no two runs share one. The images have a tab of their own.
  const comparable = files.flatMap((one) => one.files.map((file) => file.path)).filter((path) => !isStepImage(path));
  const paths = [...new Set(comparable)].toSorted();
  const all = search.all === "1";
  const fileOf = (index: number, path: string) => files[index]!.files.find((file) => file.path === path);
  const digests = (path: string) => files.map((_, index) => fileOf(index, path)?.digest);
  const differing = paths.filter((path) => new Set(digests(path)).size > 1);
  const shown = (all ? paths : differing).slice(0, 500);
  if (paths.length === 0) return <p className="ty-quiet">None of these runs has files.</p>;
  return (
    <>
      <Section
        flush
        title="Files"
        aside={
          <span className="ty-dim">
            {differing.length} of {plural(paths.length, "path")} differ
            {differing.length < paths.length && (
              <button type="button" className="ty-plain ty-link" onClick={() => set({ all: all ? undefined : "1" })}>
                {all ? " · show only those" : " · show all"}
              </button>
            )}
          </span>
        }
      >
        <div className="ty-diff">
          <table>
            <thead>
              <tr>
                <th scope="col">Path</th>
                {files.map(({ run }) => (
                  <th key={run.id} scope="col">
                    <i className="ty-swatch" style={{ background: run.color }} />
                    <span title={run.name}>{run.name}</span>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((path) => {
                const known = [...new Set(digests(path).filter((digest) => digest !== undefined))];
                return (
                  <tr key={path} data-chosen={search.path === path || undefined}>
                    <th scope="row">
                      <button type="button" className="ty-plain" onClick={() => set({ path })}>
                        <code>{path}</code>
                      </button>
                    </th>
                    {files.map(({ run }, index) => {
                      const file = fileOf(index, path);
                      return (
                        <td key={run.id} title={file?.digest}>
                          {file ? (
                            <>
                              <span className="ty-letter">
                                {String.fromCharCode(65 + (known.indexOf(file.digest) % 26))}
                              </span>{" "}
                              <span className="ty-dim ty-num">{bytes(file.size)}</span>
                            </>
                          ) : (
                            <span className="ty-dim">–</span>
                          )}
                        </td>
                      );
                    })}
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
        <p className="ty-change-note">Equal letters in a row are equal contents.</p>
      </Section>
      {search.path && <TextDiff key={search.path} path={search.path} files={files} />}
    </>
  );
}

function TextDiff({ path, files }: { path: string; files: { run: ComparedRun; files: RunFile[] }[] }) {
  const workspace = useWorkspace();
  const having = files.flatMap(({ run, files: own }) => {
    const file = own.find((one) => one.path === path);
    return file ? [{ run, file }] : [];
  });
  const [leftId, setLeft] = useState(having[0]?.run.id ?? null);
  const other = having.find(({ file }) => file.digest !== having[0]?.file.digest) ?? having[1];
  const [rightId, setRight] = useState(other?.run.id ?? null);
  const left = having.find(({ run }) => run.id === leftId);
  const right = having.find(({ run }) => run.id === rightId);
  const readable = isText(path) && [left, right].every((one) => one && one.file.size <= largestText);
  const before = useQuery({ ...textQuery(workspace, left?.file.digest ?? ""), enabled: readable });
  const after = useQuery({ ...textQuery(workspace, right?.file.digest ?? ""), enabled: readable });
  const data = having.map(({ run }) => ({ value: run.id, label: run.name }));
  return (
    <Section title={<code>{path}</code>} flush>
      <div className="ty-controls ty-section-body">
        <Select size="xs" className="ty-grow" aria-label="Left" data={data} value={leftId} onChange={setLeft} />
        <Select size="xs" className="ty-grow" aria-label="Right" data={data} value={rightId} onChange={setRight} />
      </div>
      {!readable && <p className="ty-quiet">This can only be compared by its digest: it is not text, or too long.</p>}
      {before.data !== undefined && after.data !== undefined && <Sides left={before.data} right={after.data} />}
    </Section>
  );
}
