import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { query, useWorkspace } from "../../api.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { figure } from "../../parts/number.ts";
import { Facts, Figure, Page, Section } from "../../parts/page.tsx";
import { State } from "../../parts/state.tsx";
import { Ago, Duration } from "../../parts/time.tsx";
import { Artifacts } from "./artifacts.tsx";
import { descriptionTag, EditRun } from "./edit-run.tsx";
import { MetricCharts } from "./metric-charts.tsx";
import { RunLinks } from "./run-links.tsx";

export function RunPage() {
  const { id } = useParams({ from: "/shell/runs/$id" });
  const workspace = useWorkspace();
  const run = useQuery({
    ...query("run", "get", { params: { workspace, id } }),
    refetchInterval: ({ state }) => (state.data?.state === "RUNNING" ? 3000 : false),
  });
  const experiments = useQuery(query("run", "listExperiments", { params: { workspace } }));
  const data = run.data;
  const experiment = experiments.data?.items.find((entry) => entry.id === data?.experimentId)?.name;
  return (
    <Page
      crumbs={[
        <Link key="experiments" to="/experiments">
          Experiments
        </Link>,
        data && (
          <Link key="experiment" to="/experiments/$id" params={{ id: data.experimentId }}>
            {experiment ?? data.experimentId}
          </Link>
        ),
      ]}
      title={data?.name ?? id}
      subject={`run/${id}`}
      meta={data && <State value={data.state} />}
      actions={data && <EditRun run={data} />}
      lead={
        data && (
          <span className="ty-leadline">
            <Duration from={data.startedAt} to={data.endedAt} live={data.state === "RUNNING"} />
            <span>
              started <Ago at={data.startedAt} /> by {data.user}
            </span>
            {data.jobId && (
              <Link to="/jobs/$id" params={{ id: data.jobId }} className="ty-link">
                Job
              </Link>
            )}
            {data.parentRunId && (
              <Link to="/runs/$id" params={{ id: data.parentRunId }} className="ty-link">
                Parent run
              </Link>
            )}
            <Link to="/traces" search={{ run: data.id }} className="ty-link">
              Traces
            </Link>
            <code className="ty-dim">{data.id}</code>
          </span>
        )
      }
    >
      <Loaded query={run}>
        {(loaded) => {
          const metrics = Object.entries(loaded.metrics).toSorted(([a], [b]) => a.localeCompare(b));
          return (
            <>
              {metrics.length > 0 && (
                <div className="ty-figures">
                  {metrics.map(([name, value]) => (
                    <Figure key={name} label={name} value={figure(value)} />
                  ))}
                </div>
              )}
              <MetricCharts run={loaded} names={metrics.map(([name]) => name)} />
              {loaded.tags[descriptionTag] && (
                <Section title="Description">
                  <p className="ty-description">{loaded.tags[descriptionTag]}</p>
                </Section>
              )}
              <div className="ty-columns">
                <Section title="Parameters">
                  <FactsOr none="No parameters were logged." values={loaded.params} />
                </Section>
                <Section title="Tags">
                  <FactsOr none="No tags." values={loaded.tags} />
                </Section>
              </div>
              <RunLinks run={loaded} />
              <Artifacts artifacts={loaded.artifacts} />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function FactsOr({ values, none }: { values: Record<string, string>; none: string }) {
  const items = Object.entries(values).toSorted(([a], [b]) => a.localeCompare(b));
  if (items.length === 0) return <p className="ty-dim">{none}</p>;
  return <Facts items={items.map(([name, value]) => [name, <code key={name}>{value}</code>])} />;
}
