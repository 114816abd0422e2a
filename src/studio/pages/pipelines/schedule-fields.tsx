// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { Group, Select, TextInput } from "@mantine/core";
import type { PublishedPipeline } from "../../../contract/pipeline.ts";
import type { Schedule } from "../../../contract/schedule.ts";
import { timeText } from "../../parts/time.tsx";
import { catchUpTexts, isClock, overlaps, overlapText } from "./policy.ts";
import { type ScheduleDraft, triggerOf } from "./schedule-draft.ts";
import { presetOf } from "./start.tsx";
import { TriggerFields } from "./trigger-fields.tsx";
import { usePreview } from "./use-preview.ts";

interface ScheduleFieldsProps {
  draft: ScheduleDraft;
  onChange: (change: Partial<ScheduleDraft>) => void;
  /** Every version of the pipeline, the newest first. */
  versions: PublishedPipeline[];
  before?: Schedule;
}

/** What a schedule consists of but its name, with the next times while one types. */
export function ScheduleFields({ draft, onChange, versions, before }: ScheduleFieldsProps) {
  const { due, error } = usePreview(triggerOf(draft, before?.trigger));
  return (
    <>
      <TextInput
        label="Description"
        value={draft.description}
        onChange={(event) => onChange({ description: event.currentTarget.value })}
      />
      <TriggerFields draft={draft} onChange={onChange} error={error} />
      {due && <p className="ty-quiet">{due.length > 0 ? `Next: ${due.map(timeText).join(", ")}` : "Never due."}</p>}
      <InputFields draft={draft} onChange={onChange} versions={versions} />
      <Group grow align="flex-start">
        <Select
          label="While its last job runs"
          data={overlaps.map((value) => ({ value, label: overlapText(draft.type, value) }))}
          value={draft.overlap}
          allowDeselect={false}
          onChange={(value) => onChange({ overlap: value as ScheduleDraft["overlap"] })}
        />
        {isClock(draft.type) && (
          <Select
            label="Times while no server ran"
            data={Object.entries(catchUpTexts).map(([value, label]) => ({ value, label }))}
            value={draft.catchUp}
            allowDeselect={false}
            onChange={(value) => onChange({ catchUp: value as ScheduleDraft["catchUp"] })}
          />
        )}
      </Group>
    </>
  );
}

const hints: Record<ScheduleDraft["type"], string> = {
  cron: "${{creation_context.trigger_time}} in a value is when it was due.",
  recurrence: "${{creation_context.trigger_time}} in a value is when it was due.",
  data: "${{creation_context.data_version}} in a value is the new version.",
  webhook: "${{creation_context.body.ref}} in a value is what the body of the call has at ref.",
};

function InputFields({ draft, onChange, versions }: Omit<ScheduleFieldsProps, "before">) {
  const chosen = versions.find(({ version }) => String(version) === draft.version) ?? versions[0]!;
  const names = [...new Set([...Object.keys(chosen.inputs), ...Object.keys(draft.inputs)])];
  return (
    <>
      <Select
        label="Version of the pipeline"
        data={[
          { value: "", label: "the newest at the time" },
          ...versions.map(({ version }) => ({ value: String(version), label: String(version) })),
        ]}
        value={draft.version}
        allowDeselect={false}
        onChange={(value) => onChange({ version: value ?? "" })}
      />
      {names.length > 0 && (
        <fieldset>
          <legend>Inputs</legend>
          <p className="ty-quiet">{hints[draft.type]}</p>
          {names.map((name) => {
            const input = chosen.inputs[name];
            return (
              <TextInput
                key={name}
                label={name}
                description={input ? input.type : "the pipeline has no such input"}
                placeholder={input && presetOf(input)}
                value={draft.inputs[name] ?? ""}
                onChange={(event) => onChange({ inputs: { ...draft.inputs, [name]: event.currentTarget.value } })}
              />
            );
          })}
        </fieldset>
      )}
    </>
  );
}
