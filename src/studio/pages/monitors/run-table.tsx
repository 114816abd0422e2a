import { count } from "../../parts/number.ts";
import { Subject } from "../../parts/subject.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { type MonitorRun, Verdict } from "./verdict.tsx";

interface RunTableProps {
  runs: MonitorRun[];
  chosen: MonitorRun;
  onChoose: (run: MonitorRun) => void;
}

export function RunTable({ runs, chosen, onChoose }: RunTableProps) {
  const columns: Column<MonitorRun>[] = [
    { id: "verdict", header: "Verdict", width: 130, cell: (run) => <Verdict run={run} /> },
    {
      id: "number",
      header: "Run",
      cell: (run) => (
        <button type="button" className="ty-cover" onClick={() => onChoose(run)}>
          {run.number}
        </button>
      ),
    },
    {
      id: "drifted",
      header: "Drifted",
      cell: (run) => {
        const names = run.features.filter(({ drifted }) => drifted).map(({ feature }) => feature);
        return names.length > 0 ? <code>{names.join(", ")}</code> : <span className="ty-dim">–</span>;
      },
    },
    { id: "rows", header: "Production rows", align: "right", cell: (run) => count(run.productionRows) },
    {
      id: "job",
      header: "Retraining",
      cell: (run) =>
        run.retrainingJobId ? (
          <Subject path={`job/${run.retrainingJobId}`}>job</Subject>
        ) : (
          <span className="ty-dim">–</span>
        ),
    },
    { id: "started", header: "Started", align: "right", cell: (run) => <Ago at={run.startedAt} /> },
  ];
  return (
    <DataTable
      label="Runs of the monitor"
      rows={runs}
      columns={columns}
      rowKey={(run) => String(run.number)}
      selected={(run) => run === chosen}
    />
  );
}
