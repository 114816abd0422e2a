import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { useAction, useWorkspace } from "../../api.ts";
import { plural } from "../../parts/number.ts";
import { ProblemBox } from "../../parts/problem.tsx";

export type ExperimentAction =
  | { kind: "create" }
  | { kind: "rename"; id: string; name: string }
  | { kind: "delete"; id: string; name: string; runs: number };

/** Makes, renames or deletes an experiment. */
export function ExperimentForm({ action, onDone }: { action: ExperimentAction; onDone(): void }) {
  const workspace = useWorkspace();
  const [name, setName] = useState(action.kind === "rename" ? action.name : "");
  const create = useAction("experiment", "create");
  const rename = useAction("experiment", "rename");
  const remove = useAction("experiment", "delete");
  const error = create.error ?? rename.error ?? remove.error;
  const submit = () => {
    const done = { onSuccess: onDone };
    if (action.kind === "create") create.mutate({ params: { workspace }, body: { name } }, done);
    else if (action.kind === "rename") rename.mutate({ params: { workspace, id: action.id }, body: { name } }, done);
    else remove.mutate({ params: { workspace, id: action.id } }, done);
  };
  return (
    <form
      className="ty-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {action.kind === "delete" ? (
        <p>
          “{action.name}” and its {plural(action.runs, "run")} will be hidden. Both can be restored: turn on “Deleted
          too” above the list to see it.
        </p>
      ) : (
        <TextInput
          label="Name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
          required
        />
      )}
      {error && <ProblemBox error={error} />}
      <div className="ty-form-actions">
        <Button
          type="submit"
          color={action.kind === "delete" ? "red" : undefined}
          loading={create.isPending || rename.isPending || remove.isPending}
        >
          {action.kind === "create" ? "Create" : action.kind === "rename" ? "Rename" : "Delete"}
        </Button>
      </div>
    </form>
  );
}
