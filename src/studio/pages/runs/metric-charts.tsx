import { Button } from "@mantine/core";
import { useState } from "react";
import type { Run } from "../../../contract/run.ts";
import { lineOf } from "../../parts/line-colours.ts";
import { Curve } from "./compare/curve.tsx";
import type { Zoom } from "./compare/use-histories.ts";

const chartsAtFirst = 12;

/** The history of every metric that has one. A metric with one value is a figure, not a chart. */
export function MetricCharts({ run, names }: { run: Run; names: string[] }) {
  const [zoom, setZoom] = useState<Zoom | null>(null);
  const [all, setAll] = useState(false);
  const shown = all ? names : names.slice(0, chartsAtFirst);
  return (
    <>
      {zoom && (
        <div>
          <Button variant="default" onClick={() => setZoom(null)}>
            Show every step
          </Button>
        </div>
      )}
      <div className="ty-charts">
        {shown.map((name) => (
          <Curve
            key={name}
            metric={name}
            runs={[{ ...run, ...lineOf(0) }]}
            moving={run.state === "RUNNING"}
            height={180}
            x="step"
            smoothing={0}
            logX={false}
            logY={false}
            zoom={zoom}
            onZoom={setZoom}
            onlyCurves
          />
        ))}
      </div>
      {shown.length < names.length && (
        <div>
          <Button variant="default" onClick={() => setAll(true)}>
            Charts of all {names.length} metrics
          </Button>
        </div>
      )}
    </>
  );
}
