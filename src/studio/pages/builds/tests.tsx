import type { TestResult } from "../../../contract/build.ts";
import { count, plural } from "../../parts/number.ts";
import { State } from "../../parts/state.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { durationText } from "../../parts/time.tsx";

export function TestCount({ tests }: { tests: TestResult | null }) {
  if (!tests) return <span className="ty-dim">–</span>;
  const failed = tests.failures + tests.errors;
  return failed > 0 ? (
    <State value="failed" label={`${count(failed)} of ${count(tests.tests)} failed`} />
  ) : (
    <State value="passed" label={`${count(tests.tests - tests.skipped)} passed`} />
  );
}

type Case = TestResult["cases"][number];

const columns: Column<Case>[] = [
  {
    id: "outcome",
    header: "Outcome",
    width: 110,
    sort: (row) => row.outcome,
    cell: (row) => <State value={row.outcome} />,
  },
  {
    id: "name",
    header: "Test",
    sort: (row) => row.name,
    cell: (row) => (
      <>
        <code>{row.name}</code>
        <span className="ty-cell-note">{row.className}</span>
        {row.message && <pre className="ty-failure">{row.message}</pre>}
      </>
    ),
  },
  {
    id: "time",
    header: "Time",
    align: "right",
    width: 90,
    sort: (row) => row.time,
    cell: (row) => durationText(row.time * 1000),
  },
];

const order = ["failed", "error", "passed", "skipped"];

/** Every test case; what failed comes first. */
export function TestTable({ tests }: { tests: TestResult }) {
  const rows = tests.cases.toSorted((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome));
  return (
    <DataTable
      label={plural(tests.tests, "test")}
      rows={rows}
      columns={columns}
      rowKey={(row) => `${row.className} ${row.name} ${tests.cases.indexOf(row)}`}
    />
  );
}
