import type { Expectations } from "../../../contract/data.ts";
import { figure, percent } from "../../parts/number.ts";
import { Section } from "../../parts/page.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";

type Rule = Expectations["columns"][number];

const columns: Column<Rule>[] = [
  { id: "name", header: "Column", cell: (rule) => <code className="ty-strong">{rule.name}</code> },
  { id: "type", header: "Type", cell: (rule) => rule.type },
  {
    id: "range",
    header: "Range",
    cell: (rule) =>
      rule.min === undefined && rule.max === undefined
        ? "–"
        : `${rule.min === undefined ? "…" : figure(rule.min)} to ${rule.max === undefined ? "…" : figure(rule.max)}`,
  },
  {
    id: "missing",
    header: "Missing at most",
    align: "right",
    cell: (rule) => (rule.maxMissing === undefined ? "–" : percent(rule.maxMissing)),
  },
  { id: "values", header: "Values", cell: (rule) => rule.values?.join(", ") ?? "–" },
];

/** What every version must satisfy. */
export const ExpectationTable = ({ expectations }: { expectations: Expectations }) => (
  <Section
    title="What every version must satisfy"
    flush
    aside={`at least ${figure(expectations.minRows)} rows · ${
      expectations.extraColumns ? "other columns are allowed" : "no other columns"
    }`}
  >
    <DataTable label="Expectations" rows={expectations.columns} columns={columns} rowKey={(rule) => rule.name} />
  </Section>
);
