import type { Binding } from "../../../contract/job.ts";
import { Digest } from "../../parts/copy.tsx";
import { Subject } from "../../parts/subject.tsx";

/** Where the value of an input comes from. */
export function BindingText({ binding }: { binding: Binding | null }) {
  if (!binding) return <span className="ty-dim">not given</span>;
  switch (binding.from) {
    case "literal":
      return <code>{String(binding.value)}</code>;
    case "input":
      return (
        <>
          job input <code>{binding.input}</code>
        </>
      );
    case "step":
      return (
        <>
          output <code>{binding.output}</code> of step <code>{binding.step}</code>
        </>
      );
    case "text":
      return (
        <>
          {binding.parts.map((part, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other name and never move
            <span key={index}>
              {index > 0 && <span className="ty-dim"> + </span>}
              <BindingText binding={part} />
            </span>
          ))}
        </>
      );
    case "asset":
      return (
        <>
          <Subject path={[binding.kind, binding.name, binding.version].filter(Boolean).join("/")} />
          {binding.label && <span className="ty-dim"> @{binding.label}</span>}{" "}
          {binding.digest && <Digest value={binding.digest} chars={8} />}
        </>
      );
    case "url":
      return <code>{binding.url}</code>;
    case "job":
      return (
        <>
          output <code>{[binding.output, binding.path].filter(Boolean).join("/")}</code> of{" "}
          <Subject path={`job/${binding.job}`} /> {binding.digest && <Digest value={binding.digest} chars={8} />}
        </>
      );
    case "run":
      return (
        <>
          <code>{binding.path || "artifacts"}</code> of <Subject path={`run/${binding.run}`} />{" "}
          {binding.digest && <Digest value={binding.digest} chars={8} />}
        </>
      );
    case "tree":
      return (
        <>
          {binding.path ? <code>{binding.path}</code> : "files"} <Digest value={binding.digest} chars={8} />
        </>
      );
  }
}
