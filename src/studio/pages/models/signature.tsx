import { JsonView } from "../../parts/json.tsx";
import { Section } from "../../parts/page.tsx";
import { fieldsOf, inRole, SignatureTable } from "../../parts/signature-table.tsx";
import type { VersionDetail } from "./version-parts.tsx";

/** What the files say that the model takes and gives. */
export function Signature({ model }: { model: VersionDetail }) {
  const { signature, inputExample } = model;
  const fields = [
    ...(signature ? fieldsOf(signature) : []),
    ...inRole("ONNX input", model.inputs),
    ...inRole("ONNX output", model.outputs),
  ];
  if (fields.length === 0 && inputExample === null) return null;
  return (
    <Section title="Signature" flush>
      {fields.length > 0 && <SignatureTable fields={fields} />}
      {inputExample !== null && (
        <div className="ty-section-body">
          <JsonView value={inputExample} label="Input example" />
        </div>
      )}
    </Section>
  );
}
