import { expect, it } from "vitest";
import { endingOf, headBytes } from "./ending-of.ts";

const long = (text: string) => text.repeat(Math.ceil(headBytes / text.length)).slice(0, headBytes);

it.each<[string, string, string | undefined]>([
  ["a table", "a,b\n1,2\n", ".csv"],
  ["a table without an end of its last line", "a,b\r\n1,2", ".csv"],
  ["commas and lines in quotes", 'a,b\n"x, y","one\ntwo"\n', ".csv"],
  ["a table of tabs with commas in it", "a\tb, c\n1\t2\n", ".tsv"],
  ["a byte order mark", "\uFEFFa,b\n1,2\n", ".csv"],
  ["a line of text with a comma", "Results, 2026\nall is well\n", undefined],
  ["one line with a comma", "Results, 2026\n", undefined],
  ["text", "all is well\nindeed\n", undefined],
  ["a number", "0.25", undefined],
  ["an object", '{"a": 1, "b": 2}\n', ".json"],
  ["an object over lines", '{\n  "a": 1,\n  "b": 2\n}\n', ".json"],
  ["a list", "[1, 2, 3]", ".json"],
  ["lists, one in a line", "[1, 2]\n[3, 4]\n", undefined],
  ["objects, one in a line", '{"a": 1}\n{"a": 2}\n', ".jsonl"],
  ["what only looks like JSON", "{a, b}\n{c, d}\n", undefined],
  ["settings", "[section]\na = 1, 2\nb = 1, 2\n", undefined],
  ["Parquet", "PAR1…", ".parquet"],
  ["bytes", "a,b\n\0,2\n", undefined],
  ["nothing", "", undefined],
])("%s", (_, text, ending) => {
  expect(endingOf(Buffer.from(text), true)).toBe(ending);
});

it.each<[string, string, string | undefined]>([
  ["a table", long("12,345\n"), ".csv"],
  ["a list in one line", `[${long("12, ")}`, undefined],
  ["a model in one line", `{"learner": [${long("1, 2, ")}`, undefined],
  ["a model over lines", `{\n"learner": [${long("1,\n")}`, ".json"],
  ["objects, one in a line", long('{"a": 1, "b": 2}\n'), ".jsonl"],
])("%s, of which there is more", (_, text, ending) => {
  expect(endingOf(Buffer.from(text.slice(0, headBytes)), false)).toBe(ending);
});
