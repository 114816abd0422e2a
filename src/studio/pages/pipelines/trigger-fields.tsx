import { Checkbox, Group, Select, TextInput } from "@mantine/core";
import { weekDays } from "../../../contract/trigger.ts";
import { isClock } from "./policy.ts";
import type { ScheduleDraft } from "./schedule-draft.ts";

interface TriggerFieldsProps {
  draft: ScheduleDraft;
  onChange: (change: Partial<ScheduleDraft>) => void;
  /** What is wrong with the expression. */
  error: string | undefined;
}

const types = [
  { value: "cron", label: "by the clock: a cron expression" },
  { value: "recurrence", label: "by the clock: every so often" },
  { value: "data", label: "for each new version of data" },
  { value: "webhook", label: "when its address is called" },
];

/** What makes a schedule start its pipeline. */
export function TriggerFields({ draft, onChange, error }: TriggerFieldsProps) {
  return (
    <>
      <Select
        label="Starts it"
        data={types}
        value={draft.type}
        allowDeselect={false}
        onChange={(value) => onChange({ type: value as ScheduleDraft["type"] })}
      />
      {draft.type === "cron" && (
        <TextInput
          label="Cron expression"
          description="Minute, hour, day of month, month, day of week"
          value={draft.expression}
          onChange={(event) => onChange({ expression: event.currentTarget.value })}
          error={error}
        />
      )}
      {draft.type === "recurrence" && <RecurrenceFields draft={draft} onChange={onChange} error={error} />}
      {isClock(draft.type) && (
        <TextInput
          label="Time zone"
          value={draft.timeZone}
          onChange={(event) => onChange({ timeZone: event.currentTarget.value })}
        />
      )}
      {draft.type === "data" && (
        <TextInput
          label="Data asset"
          description="Versions that its expectations refuse start nothing"
          placeholder="diabetes"
          value={draft.data}
          onChange={(event) => onChange({ data: event.currentTarget.value })}
        />
      )}
      {draft.type === "webhook" && (
        <Checkbox
          label="Only calls that are signed"
          description="With a key that is shown with the address, as GitHub and Standard Webhooks sign"
          checked={draft.signed}
          onChange={(event) => onChange({ signed: event.currentTarget.checked })}
        />
      )}
    </>
  );
}

function RecurrenceFields({ draft, onChange, error }: TriggerFieldsProps) {
  const { frequency } = draft;
  return (
    <>
      <Group grow align="flex-start">
        <TextInput
          label="Every"
          inputMode="numeric"
          value={draft.interval}
          onChange={(event) => onChange({ interval: event.currentTarget.value })}
          error={error}
        />
        <Select
          label="Unit"
          data={["minute", "hour", "day", "week", "month"]}
          value={frequency}
          allowDeselect={false}
          onChange={(value) => onChange({ frequency: value as ScheduleDraft["frequency"] })}
        />
      </Group>
      {frequency === "week" && (
        <Checkbox.Group
          label="On"
          description="The day of its start when none is chosen"
          value={draft.weekDays}
          onChange={(chosen) => onChange({ weekDays: chosen })}
        >
          <Group gap="sm" mt={6}>
            {weekDays.map((day) => (
              <Checkbox key={day} value={day} label={day.slice(0, 3)} aria-label={day} />
            ))}
          </Group>
        </Checkbox.Group>
      )}
      {frequency === "month" && (
        <TextInput
          label="On the days"
          placeholder="1, 15"
          value={draft.monthDays}
          onChange={(event) => onChange({ monthDays: event.currentTarget.value })}
        />
      )}
      {frequency !== "minute" && frequency !== "hour" && (
        <Group grow>
          <TextInput
            label="At the hours"
            placeholder="2, 14"
            value={draft.hours}
            onChange={(event) => onChange({ hours: event.currentTarget.value })}
          />
          <TextInput
            label="And minutes"
            placeholder="0, 30"
            value={draft.minutes}
            onChange={(event) => onChange({ minutes: event.currentTarget.value })}
          />
        </Group>
      )}
    </>
  );
}
