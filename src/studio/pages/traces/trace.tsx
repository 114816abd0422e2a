import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Span } from "../../../contract/trace.ts";
import { extentOf, treeOf } from "../../../contract/trace-tree.ts";
import { query, useWorkspace } from "../../api.ts";
import { Empty } from "../../parts/empty.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Facts, Page, Section } from "../../parts/page.tsx";
import { State, Tag } from "../../parts/state.tsx";
import { Ago } from "../../parts/time.tsx";
import { SpanPanel } from "./span.tsx";
import { traceTookText } from "./took.ts";
import { Waterfall } from "./waterfall.tsx";

export function TracePage() {
  const { id } = useParams({ from: "/shell/traces/$id" });
  const workspace = useWorkspace();
  const trace = useQuery({
    ...query("trace", "get", { params: { workspace, id } }),
    refetchInterval: ({ state }) => (state.data?.state === "IN_PROGRESS" ? 3000 : false),
  });
  const experiments = useQuery(query("run", "listExperiments", { params: { workspace } }));
  const data = trace.data;
  const experiment = experiments.data?.items.find((entry) => entry.id === data?.experimentId)?.name;
  return (
    <Page
      crumbs={[
        <Link key="traces" to="/traces">
          Traces
        </Link>,
        data && (
          <Link key="experiment" to="/traces" search={{ experiment: data.experimentId }}>
            {experiment ?? data.experimentId}
          </Link>
        ),
      ]}
      title={data?.name || id}
      meta={data && <State value={data.state} />}
      lead={
        data && (
          <span className="ty-leadline">
            {data.duration !== null && <span className="ty-num">{traceTookText(data.duration)}</span>}
            <span>
              started <Ago at={data.startedAt} />
            </span>
            {data.runs.map((run) => (
              <Link key={run} to="/runs/$id" params={{ id: run }} className="ty-link">
                Run
              </Link>
            ))}
            <code className="ty-dim">{data.id}</code>
          </span>
        )
      }
    >
      <Loaded query={trace} lines={8}>
        {(loaded) => (
          <>
            {loaded.tree.length === 0 ? (
              <Empty title="No spans yet">They appear here as they arrive.</Empty>
            ) : (
              <Spans spans={loaded.tree} />
            )}
            {loaded.assessments.length > 0 && <Assessments items={loaded.assessments} />}
            <div className="ty-columns">
              <Section title="Tags">
                <Pairs values={loaded.tags} none="No tags." />
              </Section>
              <Section title="Metadata">
                <Pairs values={loaded.metadata} none="No metadata." />
              </Section>
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** The tree beside the chosen span, which is the first one until another is chosen. */
function Spans({ spans }: { spans: Span[] }) {
  const { id } = useParams({ from: "/shell/traces/$id" });
  const { span: wanted } = useSearch({ from: "/shell/traces/$id" });
  const navigate = useNavigate();
  const rows = useMemo(() => treeOf(spans), [spans]);
  const extent = useMemo(() => extentOf(spans), [spans]);
  const chosen = spans.find((span) => span.id === wanted) ?? rows[0]!.span;
  const choose = (span: string) =>
    void navigate({ to: "/traces/$id", params: { id }, search: { span }, replace: true });
  return (
    <div className="ty-trace">
      <Section title="Spans" aside={String(spans.length)} flush>
        <Waterfall rows={rows} extent={extent} chosen={chosen.id} onChoose={choose} />
      </Section>
      <SpanPanel span={chosen} from={extent.from} />
    </div>
  );
}

type Assessment = {
  id: string;
  name: string;
  kind: string;
  value?: unknown;
  source: { type: string; id: string };
  rationale: string | null;
  valid: boolean;
};

const Assessments = ({ items }: { items: Assessment[] }) => (
  <Section title="Assessments">
    <Facts
      items={items.map((said) => [
        said.name,
        <span key={said.id}>
          <Tag>{said.kind}</Tag> <code>{JSON.stringify(said.value)}</code>{" "}
          <span className="ty-dim">
            {said.source.type.toLowerCase().replace("_", " ")} {said.source.id}
            {!said.valid && ", overridden"}
            {said.rationale && `: ${said.rationale}`}
          </span>
        </span>,
      ])}
    />
  </Section>
);

function Pairs({ values, none }: { values: Record<string, string>; none: string }) {
  const items = Object.entries(values).toSorted(([a], [b]) => a.localeCompare(b));
  if (items.length === 0) return <p className="ty-dim">{none}</p>;
  return <Facts items={items.map(([name, value]) => [name, <code key={name}>{value}</code>])} />;
}
