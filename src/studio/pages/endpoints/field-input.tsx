import { Checkbox, NumberInput, TextInput } from "@mantine/core";
import type { Field } from "./request.ts";

interface FieldInputProps {
  field: Field;
  value: Field["value"] | undefined;
  onChange: (value: Field["value"]) => void;
}

/** One column of a request: what the example has there says whether it is a number, text or yes/no. */
export function FieldInput({ field, value, onChange }: FieldInputProps) {
  switch (typeof field.value) {
    case "string":
      return (
        <TextInput
          label={field.name}
          size="xs"
          value={String(value ?? "")}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case "boolean":
      return (
        <Checkbox
          label={field.name}
          size="xs"
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    default:
      return (
        <NumberInput
          label={field.name}
          size="xs"
          hideControls
          decimalScale={12}
          value={typeof value === "number" ? value : ""}
          onChange={(next) => onChange(next === "" ? null : Number(next))}
        />
      );
  }
}
