import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { z } from "zod";
import type { runContract } from "../../../contract/run.ts";
import { query, useWorkspace } from "../../api.ts";
import { plural } from "../../parts/number.ts";
import { Section } from "../../parts/page.tsx";
import { State, Tag } from "../../parts/state.tsx";
import { Subject } from "../../parts/subject.tsx";

type RunDetails = z.output<typeof runContract.get.response>;

/** What a run used, made, and started. */
export function RunLinks({ run }: { run: RunDetails }) {
  const workspace = useWorkspace();
  const children = useQuery(
    query("run", "list", { params: { workspace }, query: { parentRunId: run.id, limit: 50, columns: "" } }),
  ).data;
  return (
    <>
      {run.datasets.length > 0 && (
        <Section title="Data">
          <ul className="ty-list">
            {run.datasets.map((dataset) => (
              <li key={`${dataset.name} ${dataset.digest}`}>
                {dataset.name} <code className="ty-dim">{dataset.digest}</code>{" "}
                {dataset.context && <Tag>{dataset.context}</Tag>} <span className="ty-dim">{dataset.sourceType}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {run.models.length > 0 && (
        <Section title="Models">
          <ul className="ty-list">
            {run.models.map((model) => (
              <li key={`${model.role} ${model.id}`}>
                {model.name} <code className="ty-dim">{model.id}</code> <Tag>{model.role}</Tag>{" "}
                {model.registered.map((version) => (
                  <span key={version}>
                    registered as <Subject path={`model/${version}`}>{version.replace("/", " ")}</Subject>{" "}
                  </span>
                ))}
              </li>
            ))}
          </ul>
        </Section>
      )}
      {children && children.items.length > 0 && (
        <Section
          title="Child runs"
          aside={
            <span className="ty-dim">
              {plural(children.items.length, "run")}
              {children.next ? " and more" : ""}
            </span>
          }
        >
          <ul className="ty-list">
            {children.items.map((child) => (
              <li key={child.id}>
                <State value={child.state} iconOnly />{" "}
                <Link to="/runs/$id" params={{ id: child.id }} className="ty-link">
                  {child.name}
                </Link>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}
