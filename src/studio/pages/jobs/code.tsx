import type { CodeSnapshot } from "../../../contract/code-snapshot.ts";
import { Facts, Section } from "../../parts/page.tsx";
import { Scroll } from "../../parts/scroll.tsx";

/** The work tree of git that the job's code came from, and how it differed from the commit. */
export function Code({ code }: { code: CodeSnapshot }) {
  return (
    <Section title="Code">
      <Facts
        items={[
          ["Commit", <code key="commit">{code.commit.slice(0, 12)}</code>],
          ["Branch", code.branch],
          ["Repository", code.remote],
          ["File", code.file],
          ["Unknown to git", code.untracked.join(", ") || null],
        ]}
      />
      {code.diff !== "" && (
        <details className="ty-diff">
          <summary>Changed since the commit</summary>
          <Scroll className="ty-preimage" label="Changed since the commit">
            <pre>
              {code.diff}
              {code.diffCut && "\n… the rest was not kept"}
            </pre>
          </Scroll>
        </details>
      )}
    </Section>
  );
}
