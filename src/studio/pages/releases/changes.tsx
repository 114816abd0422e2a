import { IconArrowRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { query, useWorkspace } from "../../api.ts";
import { Loaded } from "../../parts/loaded.tsx";
import { figure, metric } from "../../parts/number.ts";
import type { ReleaseDetail } from "./release.tsx";

/** What the release would change in a stage: model versions and their metrics, and the code. */
export function Changes({ release, stage }: { release: ReleaseDetail; stage: string }) {
  const workspace = useWorkspace();
  const stages = useQuery(query("stage", "list", { params: { workspace } }));
  return (
    <Loaded query={stages}>
      {({ items }) => {
        const current = items.find(({ name }) => name === stage)?.release ?? null;
        if (current === release.number) return <p className="ty-quiet">{stage} serves this release now.</p>;
        if (current === null)
          return <p className="ty-quiet">{stage} serves nothing yet; this would be its first release.</p>;
        return <Against release={release} stage={stage} current={current} />;
      }}
    </Loaded>
  );
}

function Against({ release, stage, current }: { release: ReleaseDetail; stage: string; current: number }) {
  const workspace = useWorkspace();
  const serving = useQuery(query("release", "get", { params: { workspace, number: current } }));
  return (
    <Loaded query={serving}>
      {(now) => (
        <>
          {release.manifest.models.map((model) => (
            <ModelChange
              key={model.name}
              name={model.name}
              from={now.manifest.models.find(({ name }) => name === model.name)?.version ?? null}
              to={model.version}
            />
          ))}
          <p className="ty-change-note">
            {stage} serves{" "}
            <Link to="/releases/$number" params={{ number: String(current) }} className="ty-link">
              release {current}
            </Link>
            . Code {now.manifest.build.code === release.manifest.build.code ? "is the same" : "differs"}; environment{" "}
            {same(now.manifest.environmentLocks, release.manifest.environmentLocks) ? "is the same" : "differs"}.
          </p>
        </>
      )}
    </Loaded>
  );
}

const same = (a: string[], b: string[]) => [...a].sort().join() === [...b].sort().join();

function ModelChange({ name, from, to }: { name: string; from: string | null; to: string }) {
  const workspace = useWorkspace();
  const after = useQuery(query("model", "getVersion", { params: { workspace, name, version: to } }));
  const before = useQuery({
    ...query("model", "getVersion", { params: { workspace, name, version: from ?? "" } }),
    enabled: from !== null,
  });
  const metrics = [...new Set([...Object.keys(before.data?.metrics ?? {}), ...Object.keys(after.data?.metrics ?? {})])];
  return (
    <table className="ty-change" aria-label={`Metrics of ${name}, before and after`}>
      <thead>
        <tr>
          <th scope="col">{name}</th>
          <th scope="col" data-align="right">
            now{from ? `: ${from}` : ": nothing"}
          </th>
          <th scope="col" aria-hidden />
          <th scope="col" data-align="right">
            then: {to}
          </th>
          <th scope="col" data-align="right">
            change
          </th>
        </tr>
      </thead>
      <tbody>
        {metrics.map((one) => (
          <MetricRow key={one} name={one} before={before.data?.metrics[one]} after={after.data?.metrics[one]} />
        ))}
        {metrics.length === 0 && (
          <tr>
            <td colSpan={5} className="ty-dim">
              Neither version has metrics.
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

type Value = number | string | undefined;

function MetricRow({ name, before, after }: { name: string; before: Value; after: Value }) {
  const change = typeof before === "number" && typeof after === "number" ? after - before : null;
  const share = change !== null && before !== 0 ? change / Math.abs(before as number) : null;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td data-align="right">{metric(before)}</td>
      <td className="ty-dim">
        <IconArrowRight size={13} aria-hidden />
      </td>
      <td data-align="right" className="ty-strong">
        {metric(after)}
      </td>
      <td data-align="right" className="ty-dim">
        {change === null || change === 0
          ? change === 0
            ? "same"
            : "–"
          : `${change > 0 ? "+" : "−"}${figure(Math.abs(change))}`}
        {share !== null && change !== 0 && ` (${share > 0 ? "+" : "−"}${Math.abs(share * 100).toFixed(1)}%)`}
      </td>
    </tr>
  );
}
