import { Checkbox, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { query, useAction, useCan, useWorkspace } from "../../api.ts";
import { Move, MoveForm } from "./move.tsx";

interface MoveStageProps {
  name: string;
  version: string;
  /** Where the version is. */
  stage: string;
}

/** Moves a version to another stage. */
export const MoveStage = (props: MoveStageProps) => (
  <Move
    label="Move stage…"
    title={`Move version ${props.version} of ${props.name}`}
    refusal="Your role may not move versions between stages"
  >
    {(onDone) => <Form {...props} onDone={onDone} />}
  </Move>
);

function Form({ name, version, stage, onDone }: MoveStageProps & { onDone: () => void }) {
  const workspace = useWorkspace();
  const [to, setTo] = useState<string | null>(null);
  const [archiveOthers, setArchiveOthers] = useState(false);
  const policy = useQuery(query("model", "getPolicy", { params: { workspace } }));
  const promotes = useCan("model:promote");
  const move = useAction("model", "setStage");
  const { stages = [], protectedStages = [] } = policy.data ?? {};
  const isHeld = !promotes && isAmong(protectedStages, stage);
  const choices = ["None", ...stages, "Staging", "Production", "Archived"].map((value) => ({
    ...{ value, label: value === stage ? `${value} (it is there)` : value },
    disabled: value === stage || (!promotes && isAmong(protectedStages, value)),
  }));
  const takesOthers = to !== null && to !== "None" && to !== "Archived";
  return (
    <MoveForm
      history="stages"
      change={move}
      disabled={to === null || isHeld}
      input={(reason) => ({
        params: { workspace, name, version },
        body: { stage: to!, archiveOthers: takesOthers && archiveOthers, reason },
      })}
      done={`Version ${version} of ${name} is in ${to}.`}
      onDone={onDone}
    >
      {isHeld && <p className="ty-hint">{stage} is protected: your role may not move versions out of it.</p>}
      <Select
        label="Stage"
        placeholder={`It is in ${stage}`}
        description={
          protectedStages.length > 0 && !promotes
            ? `Protected, so not yours: ${protectedStages.join(", ")}.`
            : undefined
        }
        data={choices}
        value={to}
        onChange={setTo}
        allowDeselect={false}
        required
        data-autofocus
      />
      {takesOthers && (
        <Checkbox
          label={`Move what is in ${to} already to Archived`}
          checked={archiveOthers}
          onChange={(event) => setArchiveOthers(event.currentTarget.checked)}
        />
      )}
    </MoveForm>
  );
}

/** Upper and lower case count as one. */
const isAmong = (stages: string[], stage: string): boolean =>
  stages.some((one) => one.toLowerCase() === stage.toLowerCase());
