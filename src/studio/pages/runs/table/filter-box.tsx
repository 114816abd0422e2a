import { Popover, TextInput, UnstyledButton } from "@mantine/core";
import { IconHelp, IconSearch, IconX } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { Problem } from "../../../../contract/errors.ts";
import { columnId } from "./column.ts";

interface Keys {
  metrics: string[];
  params: string[];
  tags: string[];
}

interface FilterBoxProps {
  value: string | undefined;
  keys: Keys | undefined;
  /** What the server said to the filter. */
  error: Error | null;
  onChange(value: string | undefined): void;
  /** The names will be wanted. */
  onFocus(): void;
}

/** The filter in MLflow's language, or a part of a name. It suggests names, and marks the place of a mistake. */
export function FilterBox({ value, keys, error, onChange, onFocus }: FilterBoxProps) {
  const [text, setText] = useState(value ?? "");
  const [at, setAt] = useState(-1);
  const [focused, setFocused] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  useEffect(() => setText(value ?? ""), [value]);
  const found = focused ? suggestions(text, keys) : [];
  const apply = (next: string) => onChange(next.trim() || undefined);
  const take = (suggestion: string) => {
    setText(`${text.slice(0, text.length - fragmentOf(text).length)}${suggestion} `);
    setAt(-1);
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      if (found[at]) take(found[at]);
      else apply(text);
    } else if (event.key === "ArrowDown" && found.length > 0) setAt((at + 1) % found.length);
    else if (event.key === "ArrowUp" && found.length > 0) setAt((at - 1 + found.length) % found.length);
    else if (event.key === "Escape" && at >= 0) setAt(-1);
    else return;
    event.preventDefault();
  };
  return (
    <search className="ty-filter">
      <TextInput
        ref={input}
        size="xs"
        role="combobox"
        aria-label="Filter runs"
        aria-expanded={found.length > 0}
        aria-controls={list}
        aria-activedescendant={at >= 0 ? `${list}-${at}` : undefined}
        placeholder="Name, or metrics.rmse < 50 and params.lr = '0.1'"
        value={text}
        spellCheck={false}
        autoComplete="off"
        classNames={{ input: "ty-filter-input" }}
        leftSection={<IconSearch size={14} aria-hidden />}
        rightSectionWidth={50}
        rightSection={
          <>
            {text && (
              <UnstyledButton
                aria-label="Clear the filter"
                onClick={() => {
                  setText("");
                  apply("");
                }}
              >
                <IconX size={13} aria-hidden />
              </UnstyledButton>
            )}
            <Help />
          </>
        }
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(-1);
        }}
        onKeyDown={onKeyDown}
        onFocus={() => {
          setFocused(true);
          onFocus();
        }}
        onBlur={() => {
          setFocused(false);
          if (text.trim() !== (value ?? "")) apply(text);
        }}
      />
      {found.length > 0 && (
        <div id={list} role="listbox" aria-label="Names" className="ty-filter-list" tabIndex={-1}>
          {found.map((name, index) => (
            <button
              key={name}
              id={`${list}-${index}`}
              type="button"
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              // The input keeps the focus, so that typing goes on.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(name)}
            >
              {name}
            </button>
          ))}
        </div>
      )}
      {error && value && <Mistake filter={value} error={error} />}
    </search>
  );
}

/** What is being typed: the last word, if it begins a name. */
const fragmentOf = (text: string): string => /(?:^|\s)([A-Za-z][\w.`/ -]*)$/.exec(text)?.[1]?.split(/\s/).at(-1) ?? "";

function suggestions(text: string, keys: Keys | undefined): string[] {
  const fragment = fragmentOf(text).toLowerCase();
  if (!keys || fragment.length < 2) return [];
  const names = (["metrics", "params", "tags"] as const).flatMap((kind) =>
    keys[kind].map((key) => columnId(kind, key)),
  );
  return names
    .filter((name) => {
      const lower = name.toLowerCase();
      return lower !== fragment && (lower.startsWith(fragment) || lower.includes(`.${fragment}`));
    })
    .slice(0, 8);
}

/** The server names the character at which it stopped understanding, or quotes the comparison. */
function placeOf(filter: string, error: Error): [number, number] | null {
  const [, token, at] = /'([^']*)' at character (\d+) of/.exec(error.message) ?? [];
  if (token !== undefined && at) {
    const start = Number(at) - 1;
    return [start, start + (filter.startsWith(token, start) ? Math.max(token.length, 1) : 1)];
  }
  const quoted = [...error.message.matchAll(/'([^']+(?:'[^']*')?)'/g)].map((match) => match[1]!);
  const part = quoted.toSorted((a, b) => b.length - a.length).find((text) => filter.includes(text));
  return part ? [filter.indexOf(part), filter.indexOf(part) + part.length] : null;
}

function Mistake({ filter, error }: { filter: string; error: Error }) {
  const place = placeOf(filter, error);
  // The message quotes the whole filter, which stands right above it.
  const message = error.message.replace(/ of '.*'\. /s, ". ");
  return (
    <div className="ty-mistake" role="alert">
      {place && (
        <code>
          {filter.slice(0, place[0])}
          <mark>{filter.slice(...place) || "\u00a0"}</mark>
          {filter.slice(place[1])}
        </code>
      )}
      <span>{message}</span>
      {error instanceof Problem && error.hint && <span className="ty-dim">{error.hint}</span>}
    </div>
  );
}

const examples: [string, string][] = [
  ["metrics.rmse < 50", "numbers: = != < <= > >="],
  ["params.solver = 'svd'", "text: = != LIKE ILIKE, in quotes"],
  ["tags.team LIKE 'b%'", "% stands for anything; ILIKE ignores case"],
  ["attributes.run_name ILIKE '%ridge%'", "also run_id, status, user_id, start_time, end_time"],
  ["attributes.status = 'FAILED'", "RUNNING, FINISHED, FAILED, KILLED"],
  ["params.seed IS NULL", "runs without it; IS NOT NULL: with it"],
  ["metrics.`val loss` < 1", "names with spaces in backquotes"],
  ["metrics.r2 > 0.5 AND tags.team = 'red'", "all must hold; there is no OR"],
];

const Help = () => (
  <Popover position="bottom-end" width={460} shadow="md">
    <Popover.Target>
      <UnstyledButton aria-label="How to filter">
        <IconHelp size={15} aria-hidden />
      </UnstyledButton>
    </Popover.Target>
    <Popover.Dropdown>
      <table className="ty-help">
        <tbody>
          {examples.map(([example, note]) => (
            <tr key={example}>
              <td>
                <code>{example}</code>
              </td>
              <td className="ty-dim">{note}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="ty-hint">Anything without a comparison is looked for in the names of runs.</p>
    </Popover.Dropdown>
  </Popover>
);
