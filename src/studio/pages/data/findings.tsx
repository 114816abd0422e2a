import { IconAlertTriangle, IconCircleX } from "@tabler/icons-react";
import type { DataVersion, Finding } from "../../../contract/data.ts";
import { plural } from "../../parts/number.ts";
import { Section } from "../../parts/page.tsx";
import { Tag } from "../../parts/state.tsx";

const shownRows = 8;

/** What is wrong with a version, where, and so why it is refused. */
export function Findings({ data }: { data: DataVersion }) {
  const refused = data.state === "refused";
  return (
    <Section
      title={
        refused
          ? `Version ${data.version} was refused`
          : `Version ${data.version} has ${plural(data.findings.length, "finding")}`
      }
      flush
      className={refused ? "ty-refused" : undefined}
    >
      <ul className="ty-findings">
        {data.findings.map((finding) => (
          <li key={`${finding.rule} ${finding.column} ${finding.message}`}>
            {refused ? <IconCircleX size={16} aria-hidden /> : <IconAlertTriangle size={16} aria-hidden />}
            <div>
              <div>
                {finding.column && <code className="ty-strong">{finding.column} </code>}
                {finding.message}
              </div>
              <Rows finding={finding} />
            </div>
            <Tag>{finding.rule}</Tag>
          </li>
        ))}
      </ul>
      {refused && (
        <p className="ty-quiet">
          Nothing can use this version. Correct the file and add it again; versions that are ready are not affected.
        </p>
      )}
    </Section>
  );
}

function Rows({ finding }: { finding: Finding }) {
  if (finding.rows.length === 0) return null;
  const more = finding.rows.length - shownRows;
  return (
    <div className="ty-dim ty-num">
      {finding.rows.length === 1 ? "row" : "rows"} {finding.rows.slice(0, shownRows).join(", ")}
      {more > 0 && ` and ${more} more`}
    </div>
  );
}
