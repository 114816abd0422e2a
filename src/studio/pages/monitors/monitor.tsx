import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { z } from "zod";
import type { monitorSchema } from "../../../contract/monitor.ts";
import { query, useAction, useCan, useWorkspace } from "../../api.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { count } from "../../parts/number.ts";
import { Facts, Page, Section } from "../../parts/page.tsx";
import { ProblemBox } from "../../parts/problem.tsx";
import { Subject } from "../../parts/subject.tsx";
import { Ago, Duration } from "../../parts/time.tsx";
import { FeatureChart } from "./feature-chart.tsx";
import { FeatureTable } from "./feature-table.tsx";
import { HistoryChart } from "./history-chart.tsx";
import { RunTable } from "./run-table.tsx";
import { type MonitorRun, severity, Verdict } from "./verdict.tsx";

/** The newest result of a monitor, or an earlier one that was chosen from its history. */
export function MonitorPage() {
  const { name } = useParams({ from: "/shell/monitors/$name" });
  const params = { workspace: useWorkspace(), name };
  const monitor = useQuery({
    ...query("monitor", "get", { params }),
    refetchInterval: ({ state }) => (state.data?.lastRun?.state === "running" ? 1500 : 15_000),
  });
  const runs = useQuery({
    ...query("monitor", "listRuns", { params, query: { limit: 60 } }),
    refetchInterval: ({ state }) => (state.data?.items[0]?.state === "running" ? 1500 : 15_000),
  });
  const data = monitor.data;
  return (
    <Page
      crumbs={[
        <Link key="monitors" to="/monitors">
          Monitors
        </Link>,
      ]}
      title={name}
      meta={data && <Verdict run={data.lastRun} />}
      actions={<RunNow name={name} running={data?.lastRun?.state === "running"} />}
      lead={data && <Lead monitor={data} />}
    >
      <Loaded query={runs} lines={8}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="ty-quiet">It has not run yet. Press “Run now”, or wait for its schedule.</p>
          ) : (
            <Body name={name} runs={items} />
          )
        }
      </Loaded>
    </Page>
  );
}

const Lead = ({ monitor }: { monitor: z.output<typeof monitorSchema> }) => {
  const { endpoint, referenceData, everyMinutes, lookbackHours } = monitor.definition;
  const version = referenceData.version === "latest" ? "" : `/${referenceData.version}`;
  return (
    <span className="ty-leadline">
      <span>
        watches <Subject path={`endpoint/${endpoint}`}>{endpoint}</Subject>
      </span>
      <span>
        against{" "}
        <Subject path={`data/${referenceData.name}${version}`}>
          {referenceData.name} {referenceData.version}
        </Subject>
      </span>
      <span>
        {everyMinutes > 0 ? `every ${everyMinutes} min` : "when asked"}, over the last {lookbackHours} h
      </span>
      {monitor.nextRunAt !== null && (
        <span>
          next <Ago at={monitor.nextRunAt} />
        </span>
      )}
      <span>{monitor.definition.retraining ? "drift starts a retraining" : "drift starts nothing"}</span>
    </span>
  );
};

function Body({ name, runs }: { name: string; runs: MonitorRun[] }) {
  const search = useSearch({ from: "/shell/monitors/$name" });
  const navigate = useNavigate();
  const done = runs.find(({ state }) => state !== "running");
  const run = runs.find(({ number }) => String(number) === search.run) ?? done ?? runs[0]!;
  const features = run.features.toSorted((a, b) => severity(b) - severity(a));
  const feature = features.find((one) => one.feature === search.feature) ?? features[0];
  const show = (change: { run?: string; feature?: string }) =>
    void navigate({ to: "/monitors/$name", params: { name }, search: { ...search, ...change }, replace: true });
  return (
    <>
      <section className="ty-verdict" data-verdict={run.verdict ?? run.state}>
        <div className="ty-verdict-head">
          <Verdict run={run} />
          <span className="ty-dim">
            run {run.number}, <Ago at={run.startedAt} />
            {run !== done && " (not the newest)"}
          </span>
        </div>
        <p>{run.message || "Running…"}</p>
        <Facts
          columns
          items={[
            ["Reference rows", count(run.referenceRows)],
            ["Production rows", count(run.productionRows)],
            ["Took", <Duration key="took" from={run.startedAt} to={run.endedAt} />],
            [
              "Retraining",
              run.retrainingJobId && (
                <Link to="/jobs/$id" params={{ id: run.retrainingJobId }} className="ty-link">
                  job {run.retrainingJobId}
                </Link>
              ),
            ],
          ]}
        />
      </section>
      {feature && (
        <div className="ty-drift">
          <Section title="Features" flush aside="furthest from the reference first">
            <FeatureTable features={features} chosen={feature} onChoose={(one) => show({ feature: one.feature })} />
          </Section>
          <Section title={feature.feature} aside="share of rows in each bin">
            <FeatureChart feature={feature} />
          </Section>
        </div>
      )}
      {runs.length > 1 && (
        <Section title="History" aside="distance from the reference, as a multiple of the threshold">
          <HistoryChart runs={runs} />
        </Section>
      )}
      <Section title="Runs" flush>
        <RunTable runs={runs} chosen={run} onChoose={(one) => show({ run: String(one.number) })} />
      </Section>
    </>
  );
}

function RunNow({ name, running }: { name: string; running: boolean }) {
  const workspace = useWorkspace();
  const allowed = useCan("monitor:write");
  const run = useAction("monitor", "run");
  return (
    <>
      {run.error && <ProblemBox error={run.error} />}
      <Button
        disabled={!allowed}
        title={allowed ? undefined : "Your role may not run monitors"}
        loading={run.isPending || running}
        onClick={() => run.mutate({ params: { workspace, name }, body: {} })}
      >
        Run now
      </Button>
    </>
  );
}
