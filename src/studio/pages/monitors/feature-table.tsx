import { Histogram } from "../../parts/histogram.tsx";
import { figure } from "../../parts/number.ts";
import { State } from "../../parts/state.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { type FeatureDrift, severity } from "./verdict.tsx";

interface FeatureTableProps {
  features: FeatureDrift[];
  chosen: FeatureDrift;
  onChoose: (feature: FeatureDrift) => void;
}

export function FeatureTable({ features, chosen, onChoose }: FeatureTableProps) {
  const columns: Column<FeatureDrift>[] = [
    {
      id: "feature",
      header: "Feature",
      sort: (row) => row.feature,
      cell: (row) => (
        <button type="button" className="ty-cover" onClick={() => onChoose(row)}>
          <code className="ty-strong">{row.feature}</code>
        </button>
      ),
    },
    {
      id: "shape",
      header: "Production over reference",
      cell: (row) => (
        <Histogram
          counts={row.histogram.production}
          over={row.histogram.reference}
          tone={row.drifted ? "bad" : undefined}
          width={110}
          label={`${row.feature}: production as bars, reference as outline`}
        />
      ),
    },
    { id: "metric", header: "Metric", cell: (row) => <span className="ty-dim">{words(row.metric)}</span> },
    { id: "value", header: "Value", align: "right", sort: severity, cell: (row) => figure(row.value) },
    { id: "threshold", header: "Threshold", align: "right", cell: (row) => figure(row.threshold) },
    {
      id: "drifted",
      header: "Drifted",
      sort: (row) => (row.drifted ? 1 : 0),
      cell: (row) => <State value={row.drifted ? "fail" : "pass"} label={row.drifted ? "drifted" : "no"} />,
    },
  ];
  return (
    <DataTable
      label="Features"
      rows={features}
      columns={columns}
      rowKey={(row) => `${row.feature} ${row.metric}`}
      selected={(row) => row === chosen}
    />
  );
}

/** `normalized_wasserstein_distance` as people say it. */
export const words = (metric: string) =>
  metric
    .replaceAll("_", " ")
    .replace("two sample kolmogorov smirnov test", "Kolmogorov–Smirnov")
    .replace("jensen shannon", "Jensen–Shannon")
    .replace("normalized wasserstein", "norm. Wasserstein")
    .replace("pearsons chi squared test", "Pearson χ²");
