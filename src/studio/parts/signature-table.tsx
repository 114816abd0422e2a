import type { Field, ModelSignature } from "../../contract/model-check.ts";
import { type Column, DataTable } from "./table.tsx";

export interface RoleField extends Field {
  role: string;
}

const columns: Column<RoleField>[] = [
  { id: "role", header: "Role", cell: (row) => row.role },
  { id: "name", header: "Name", sort: (row) => row.name, cell: (row) => <code>{row.name}</code> },
  { id: "type", header: "Type", cell: (row) => row.type },
  {
    id: "shape",
    header: "Shape",
    cell: ({ shape }) => (shape ? `[${shape.map((size) => (size === -1 ? "any" : size)).join(", ")}]` : "–"),
  },
  { id: "required", header: "Required", cell: (row) => (row.required ? "yes" : "no") },
];

export const inRole = (role: string, fields: Field[]): RoleField[] => fields.map((field) => ({ ...field, role }));

export const fieldsOf = ({ inputs, outputs, params }: ModelSignature): RoleField[] => [
  ...inRole("Input", inputs),
  ...inRole("Output", outputs),
  ...inRole("Parameter", params),
];

/** What a model takes and gives. */
export const SignatureTable = ({ fields }: { fields: RoleField[] }) => (
  <DataTable label="Signature" rows={fields} columns={columns} rowKey={(field) => `${field.role} ${field.name}`} />
);
