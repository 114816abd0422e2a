import { expect, it } from "vitest";
import { tableOfCsv, tableOfJson } from "./logged-table.ts";

it("reads what log_table writes, and nothing else", () => {
  expect(tableOfJson('{"columns":["a"],"data":[[1],[null]]}')).toEqual({ columns: ["a"], rows: [[1], [null]] });
  for (const text of ["{", "[]", "null", '{"columns":["a"]}', '{"columns":["a"],"data":[1]}'])
    expect(tableOfJson(text), text).toBeNull();
});

it.each([
  ["a,b\n1,2\n", ["a", "b"], [["1", "2"]]],
  ['a,b\r\n"x, ""y""","two\nlines"', ["a", "b"], [['x, "y"', "two\nlines"]]],
  ["a\n\n", ["a"], [[""]]],
  ["", [], []],
])("reads CSV %j", (text, columns, rows) => {
  expect(tableOfCsv(text)).toEqual({ columns, rows });
});
