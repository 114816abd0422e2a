import { Tabs } from "@mantine/core";
import { IconEye, IconEyeOff, IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useWorkspace } from "../../../api.ts";
import { Empty } from "../../../parts/empty.tsx";
import { Loaded } from "../../../parts/loaded.tsx";
import { plural } from "../../../parts/number.ts";
import { Page } from "../../../parts/page.tsx";
import { State } from "../../../parts/state.tsx";
import { Curves } from "./curves.tsx";
import { Differences } from "./differences.tsx";
import { FileDiff } from "./file-diff.tsx";
import { ImageGrid } from "./image-grid.tsx";
import { Parallel } from "./parallel.tsx";
import { Boxes, Scatter } from "./scatter.tsx";
import { Tables } from "./tables.tsx";
import { type ComparedRun, type Comparison, mostCompared, useComparedRuns, useComparison } from "./use-compare.ts";

const tabs: [string, string, (props: Comparison & { runs: ComparedRun[] }) => React.ReactNode][] = [
  ["curves", "Curves", Curves],
  ["parallel", "Parallel", Parallel],
  ["scatter", "Scatter", Scatter],
  ["box", "Box", Boxes],
  ["differences", "Differences", Differences],
  ["images", "Images", ImageGrid],
  ["files", "Files", FileDiff],
  ["tables", "Tables", Tables],
];

/** Runs beside each other. The address holds everything, so that it can be sent to somebody. */
export function ComparePage() {
  const comparison = useComparison();
  const { search, set } = comparison;
  const workspace = useWorkspace();
  const ids = useMemo(
    () => [...new Set((search.runs ?? "").split(",").filter(Boolean))].slice(0, mostCompared),
    [search.runs],
  );
  const { query, runs } = useComparedRuns(ids);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const shown = useMemo(() => runs.filter((run) => !hidden.has(run.id)), [runs, hidden]);
  const tab = tabs.some(([name]) => name === search.tab) ? search.tab! : "curves";
  const experiments = new Set(runs.map((run) => run.experimentId));
  const [experiment] = experiments;
  return (
    <Page
      crumbs={[
        <Link key="experiments" to="/experiments">
          Experiments
        </Link>,
        experiments.size === 1 && (
          <Link key="experiment" to="/experiments/$id" params={{ id: experiment! }}>
            Runs
          </Link>
        ),
      ]}
      title="Compare"
      meta={<span className="ty-dim">{plural(runs.length, "run")}</span>}
    >
      {ids.length === 0 ? (
        <Empty title="No runs are chosen">Choose runs in the table of an experiment, then “Compare”.</Empty>
      ) : (
        <Loaded query={query}>
          {() => (
            <div className="ty-compare" data-workspace={workspace}>
              <aside className="ty-compared" aria-label="Compared runs">
                {runs.map((run) => (
                  <ComparedLine
                    key={run.id}
                    run={run}
                    hidden={hidden.has(run.id)}
                    onHide={() => setHidden((now) => toggled(now, run.id))}
                    onRemove={() => set({ runs: ids.filter((id) => id !== run.id).join(",") })}
                  />
                ))}
              </aside>
              <Tabs
                value={tab}
                onChange={(name) => set({ tab: name === "curves" ? undefined : (name ?? undefined) })}
                keepMounted={false}
              >
                <Tabs.List>
                  {tabs.map(([name, title]) => (
                    <Tabs.Tab key={name} value={name}>
                      {title}
                    </Tabs.Tab>
                  ))}
                </Tabs.List>
                {tabs.map(([name, , Content]) => (
                  <Tabs.Panel key={name} value={name} className="ty-compare-panel">
                    <Content {...comparison} runs={shown} />
                  </Tabs.Panel>
                ))}
              </Tabs>
            </div>
          )}
        </Loaded>
      )}
    </Page>
  );
}

function toggled(set: ReadonlySet<string>, id: string): Set<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}

interface ComparedLineProps {
  run: ComparedRun;
  hidden: boolean;
  onHide(): void;
  onRemove(): void;
}

function ComparedLine({ run, hidden, onHide, onRemove }: ComparedLineProps) {
  const Eye = hidden ? IconEyeOff : IconEye;
  return (
    <div className="ty-compared-run" data-hidden={hidden || undefined}>
      <i className="ty-swatch" style={{ background: run.color }} />
      <Link to="/runs/$id" params={{ id: run.id }} className="ty-plain" title={run.name}>
        {run.name}
      </Link>
      {run.state === "RUNNING" && <State value={run.state} iconOnly />}
      <button type="button" className="ty-copy" aria-pressed={hidden} aria-label={`Hide ${run.name}`} onClick={onHide}>
        <Eye size={14} aria-hidden />
      </button>
      <button type="button" className="ty-copy" aria-label={`Remove ${run.name}`} onClick={onRemove}>
        <IconX size={14} aria-hidden />
      </button>
    </div>
  );
}
