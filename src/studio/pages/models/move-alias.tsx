import { Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { query, useAction, useCan, useWorkspace } from "../../api.ts";
import { Move, MoveForm } from "./move.tsx";

interface MoveAliasProps {
  name: string;
  /** The versions to choose from, newest first. */
  versions: string[];
  /** The version that it is about, when there is one. */
  version?: string;
}

/** Points an alias at a version. */
export const MoveAlias = (props: MoveAliasProps) => (
  <Move label="Move alias…" title={`Move an alias of ${props.name}`} refusal="Your role may not move aliases">
    {(onDone) => <Form {...props} onDone={onDone} />}
  </Move>
);

function Form({ name, versions, version, onDone }: MoveAliasProps & { onDone: () => void }) {
  const workspace = useWorkspace();
  const [written, setWritten] = useState("");
  const [target, setTarget] = useState(version ?? versions[0] ?? null);
  const policy = useQuery(query("model", "getPolicy", { params: { workspace } }));
  const promotes = useCan("model:promote");
  const move = useAction("model", "setAlias");
  const patterns = policy.data?.protectedAliases ?? [];
  const alias = written.trim();
  return (
    <MoveForm
      history="alias"
      change={move}
      disabled={alias === "" || target === null}
      input={(reason) => ({ params: { workspace, name, alias }, body: { version: target!, reason } })}
      done={`${alias} points to version ${target} of ${name}.`}
      onDone={onDone}
    >
      <TextInput
        label="Alias"
        description={
          patterns.length > 0 && !promotes
            ? `Protected, so not yours to move: ${patterns.join(", ")}.`
            : "Made when there is none of that name."
        }
        data-autofocus
        required
        value={written}
        onChange={(event) => setWritten(event.currentTarget.value)}
      />
      <Select
        label="Version"
        data={versions}
        value={target}
        onChange={setTarget}
        allowDeselect={false}
        searchable={versions.length > 10}
      />
    </MoveForm>
  );
}
