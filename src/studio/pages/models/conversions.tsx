import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Conversion } from "../../../contract/conversion.ts";
import { query, useAction, useCan, useWorkspace } from "../../api.ts";
import { Digest } from "../../parts/copy.tsx";
import { Loaded } from "../../parts/loaded.tsx";
import { Section } from "../../parts/page.tsx";
import { ProblemBox } from "../../parts/problem.tsx";
import { State } from "../../parts/state.tsx";
import { Subject } from "../../parts/subject.tsx";
import { type Column, DataTable } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";

const columns: Column<Conversion>[] = [
  { id: "state", header: "State", cell: ({ state }) => <State value={state} /> },
  { id: "found", header: "What was found", cell: ({ report, error }) => report?.message ?? error },
  { id: "result", header: "Result", cell: ({ digest }) => digest && <Digest value={digest} /> },
  { id: "job", header: "Job", cell: ({ jobId }) => <Subject path={`job/${jobId}`} /> },
  { id: "created", header: "Started", cell: ({ createdAt }) => <Ago at={createdAt} /> },
];

/** Converts a version to ONNX, and shows what came of it. Nothing for a version that is ONNX already. */
export function Conversions({ name, version, isOnnx }: { name: string; version: string; isOnnx: boolean }) {
  const params = { workspace: useWorkspace(), name, version };
  const conversions = useQuery({ ...query("model", "conversions", { params }), enabled: !isOnnx });
  const convert = useAction("model", "convert");
  const allowed = useCan("job:write");
  if (isOnnx) return null;
  const isRunning = conversions.data?.items.some(({ state }) => state === "running") ?? false;
  return (
    <Section
      title="Conversion to ONNX"
      flush
      aside={
        <Button
          variant="default"
          disabled={!allowed || isRunning}
          loading={convert.isPending}
          onClick={() => convert.mutate({ params, body: {} })}
        >
          Convert to ONNX
        </Button>
      }
    >
      {convert.error && <ProblemBox error={convert.error} />}
      <Loaded query={conversions}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="ty-quiet">Not converted yet. Endpoints serve ONNX; a job can convert this version.</p>
          ) : (
            <DataTable label="Conversions" rows={items} columns={columns} rowKey={(conversion) => conversion.id} />
          )
        }
      </Loaded>
    </Section>
  );
}
