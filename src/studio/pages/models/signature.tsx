import type { Field } from "../../../contract/model-check.ts";
import { JsonView } from "../../parts/json.tsx";
import { Section } from "../../parts/page.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import type { VersionDetail } from "./version-parts.tsx";

interface Row extends Field {
  role: string;
}

const columns: Column<Row>[] = [
  { id: "role", header: "", cell: (row) => row.role },
  { id: "name", header: "Name", sort: (row) => row.name, cell: (row) => <code>{row.name}</code> },
  { id: "type", header: "Type", cell: (row) => row.type },
  {
    id: "shape",
    header: "Shape",
    cell: ({ shape }) => (shape ? `[${shape.map((size) => (size === -1 ? "any" : size)).join(", ")}]` : "–"),
  },
  { id: "required", header: "Required", cell: (row) => (row.required ? "yes" : "no") },
];

const rowsOf = (role: string, fields: Field[]): Row[] => fields.map((field) => ({ ...field, role }));

/** What the files say that the model takes and gives. */
export function Signature({ model }: { model: VersionDetail }) {
  const { signature, inputExample } = model;
  const rows = [
    ...rowsOf("Input", signature?.inputs ?? []),
    ...rowsOf("Output", signature?.outputs ?? []),
    ...rowsOf("Parameter", signature?.params ?? []),
    ...rowsOf("ONNX input", model.inputs),
    ...rowsOf("ONNX output", model.outputs),
  ];
  if (rows.length === 0 && inputExample === null) return null;
  return (
    <Section title="Signature" flush>
      {rows.length > 0 && (
        <DataTable label="Signature" rows={rows} columns={columns} rowKey={(row) => `${row.role} ${row.name}`} />
      )}
      {inputExample !== null && (
        <div className="ty-section-body">
          <JsonView value={inputExample} label="Input example" />
        </div>
      )}
    </Section>
  );
}
