import { Button, Checkbox, Popover, TextInput } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { useState } from "react";
import { attributeNames, columnId, columnOf, labelOf, type RunColumn } from "./column.ts";

interface ColumnChooserProps {
  keys: { metrics: string[]; params: string[]; tags: string[]; more: boolean } | undefined;
  columns: RunColumn[];
  onColumns(columns: RunColumn[]): void;
  onReset(): void;
  /** The names will be wanted. */
  onOpen(): void;
}

const mostShown = 200;

/** Which facts, metrics, params and tags the table shows. */
export function ColumnChooser({ keys, columns, onColumns, onReset, onOpen }: ColumnChooserProps) {
  const [text, setText] = useState("");
  const shown = new Set(columns.map((column) => column.id));
  const fits = (name: string) => name.toLowerCase().includes(text.toLowerCase());
  const groups: [string, RunColumn["kind"], string[]][] = [
    ["Metrics", "metrics", keys?.metrics ?? []],
    ["Parameters", "params", keys?.params ?? []],
    ["Tags", "tags", keys?.tags ?? []],
    ["Run", "attribute", attributeNames],
  ];
  const set = (ids: string[], on: boolean) => {
    const kept = columns.filter((column) => on || !ids.includes(column.id));
    const added = on ? ids.filter((id) => !shown.has(id)).flatMap((id) => columnOf(id) ?? []) : [];
    onColumns([...kept, ...added]);
  };
  return (
    <Popover position="bottom-end" width={330} shadow="md" trapFocus onOpen={onOpen}>
      <Popover.Target>
        <Button variant="default" leftSection={<IconColumns3 size={14} aria-hidden />}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown className="ty-chooser">
        <TextInput
          size="xs"
          aria-label="Find a column"
          placeholder="Find a column"
          value={text}
          data-autofocus
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <div className="ty-chooser-list">
          {groups.map(([title, kind, names]) => {
            const found = names.filter((name) => fits(kind === "attribute" ? labelOf(columnOf(name)!) : name));
            const ids = found.slice(0, mostShown).map((name) => columnId(kind, name));
            if (ids.length === 0) return null;
            const on = ids.filter((id) => shown.has(id)).length;
            return (
              <fieldset key={kind}>
                <Checkbox
                  size="xs"
                  className="ty-chooser-all"
                  label={`${title} · ${on} of ${ids.length}`}
                  checked={on === ids.length}
                  indeterminate={on > 0 && on < ids.length}
                  onChange={(event) => set(ids, event.currentTarget.checked)}
                />
                {ids.map((id) => (
                  <Checkbox
                    key={id}
                    size="xs"
                    label={labelOf(columnOf(id)!)}
                    checked={shown.has(id)}
                    onChange={(event) => set([id], event.currentTarget.checked)}
                  />
                ))}
                {found.length > mostShown && (
                  <p className="ty-hint">{found.length - mostShown} more: type to find them.</p>
                )}
              </fieldset>
            );
          })}
        </div>
        <div className="ty-form-actions">
          <Button variant="subtle" onClick={onReset}>
            Back to the default
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
