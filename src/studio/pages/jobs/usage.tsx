import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import type { StepView } from "../../../contract/job.ts";
import { query, useWorkspace } from "../../api.ts";
import { Chart } from "../../parts/chart.tsx";
import { axes, type Palette, tooltip } from "../../parts/chart-style.ts";
import { Section } from "../../parts/page.tsx";

const shown = [
  { metric: "system/step_cpu_percentage", title: "CPU", unit: "%" },
  { metric: "system/step_memory_megabytes", title: "Memory", unit: "MB" },
  { metric: "system/gpu_0_utilization_percentage", title: "GPU 0", unit: "%" },
];

/** What the processes of a step use, while it runs and afterwards. A step of less than a second has no samples. */
export function Usage({ step }: { step: StepView }) {
  if (step.runId === null || step.state === "reused") return null;
  return (
    <div className="ty-charts">
      {shown.map((one) => (
        <UsageChart key={one.metric} runId={step.runId!} moving={step.state === "running"} {...one} />
      ))}
    </div>
  );
}

interface UsageChartProps {
  runId: string;
  moving: boolean;
  metric: string;
  title: string;
  unit: string;
}

function UsageChart({ runId, moving, metric, title, unit }: UsageChartProps) {
  const wanted = { runId: [runId], key: metric, by: "time" as const, points: 300 };
  const history = useQuery({
    ...query("run", "history", { params: { workspace: useWorkspace() }, query: wanted }),
    refetchInterval: moving ? 5000 : false,
  });
  const points = JSON.stringify(
    history.data?.series[0]?.points.map(({ timestamp, value }) => [timestamp, value]) ?? [],
  );
  const build = useCallback(
    (palette: Palette) => ({
      grid: { left: 4, right: 12, top: 12, bottom: 4, containLabel: true },
      tooltip: {
        trigger: "axis" as const,
        valueFormatter: (value: unknown) => `${Number(value).toFixed(1)} ${unit}`,
        ...tooltip(palette),
      },
      xAxis: { type: "time" as const, ...axes(palette), splitLine: { show: false } },
      yAxis: { type: "value" as const, min: 0, ...axes(palette) },
      series: [
        {
          name: title,
          type: "line" as const,
          data: JSON.parse(points) as [number, number][],
          showSymbol: false,
          areaStyle: { opacity: 0.12 },
        },
      ],
    }),
    [points, title, unit],
  );
  if (points === "[]") return null;
  return (
    <Section title={`${title}, ${unit}`}>
      <Chart build={build} height={130} label={`${title} of the step over time, in ${unit}`} />
    </Section>
  );
}
