import type { Expectations, Finding } from "../../contract/data.ts";
import type { Database } from "./duckdb.ts";
import type { Column, LoadedTable, OpenTable } from "./load.ts";
import { type ColumnType, isOfType } from "./types.ts";

type Expected = Expectations["columns"][number];
const namedRows = 10;

/** Checks what is known before any value is read: columns and number of rows. */
export function validateShape(table: OpenTable, wanted: Expectations): Finding[] {
  return [...rowFindings(table, wanted), ...schemaFindings(table, wanted)];
}

/** Checks the values of some columns of a table. No finding means that they satisfy everything. */
export async function validateColumns(db: Database, table: LoadedTable, wanted: Expectations): Promise<Finding[]> {
  const byName = new Map(wanted.columns.map((column) => [column.name, column]));
  const findings: Finding[] = [];
  for (const column of table.columns) {
    const expected = byName.get(column.name);
    if (!expected) continue;
    for (const check of [typeFinding, missingFinding, rangeFinding, valuesFinding]) {
      const finding = await check(db, table, expected, column);
      if (finding) findings.push(finding);
    }
  }
  return findings;
}

function rowFindings(table: OpenTable, wanted: Expectations): Finding[] {
  if (table.rows >= wanted.minRows) return [];
  const message = `The table has ${table.rows} ${table.rows === 1 ? "row" : "rows"}; at least ${wanted.minRows} are needed.`;
  return [{ rule: "rows", column: null, message, rows: [] }];
}

function schemaFindings(table: OpenTable, wanted: Expectations): Finding[] {
  const there = table.names;
  const expected = wanted.columns.map((column) => column.name);
  const [known, found] = [new Set(expected), new Set(there)];
  const extra = there.filter((name) => !known.has(name));
  const missing = expected.filter((name) => !found.has(name));
  const schema = (column: string, message: string): Finding => ({ rule: "schema", column, message, rows: [] });
  return [
    ...missing.map((name) => schema(name, `There is no column "${name}".${similar(name, extra)}`)),
    ...(wanted.extraColumns ? [] : extra).map((name) =>
      schema(name, `Column "${name}" is not expected, and further columns are not allowed.`),
    ),
  ];
}

function similar(name: string, candidates: string[]): string {
  const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  const found = candidates.find((candidate) => plain(candidate) === plain(name));
  return found === undefined ? "" : ` There is one called "${found}".`;
}

type Check = (db: Database, table: LoadedTable, expected: Expected, found: Column) => Promise<Finding | undefined>;

/** Does a column of one type have what another type asks for? */
const suits = (found: ColumnType, wanted: ColumnType) =>
  found === wanted || (wanted === "number" && found === "integer");

const noun: Record<ColumnType, string> = {
  integer: "whole numbers",
  number: "numbers",
  boolean: "true or false",
  timestamp: "times (2026-01-31 or 2026-01-31T12:00:00)",
  string: "text",
};

const typeFinding: Check = async (db, table, expected, { id, type }) => {
  if (suits(type, expected.type)) return undefined;
  if (!table.raw) {
    const message = `Column "${expected.name}" is of type ${type}; ${expected.type} is expected.`;
    return { rule: "schema", column: expected.name, message, rows: [] };
  }
  const whole = `(TRY_CAST(${id} AS DOUBLE) = floor(TRY_CAST(${id} AS DOUBLE)) AND abs(TRY_CAST(${id} AS DOUBLE)) < 9e15)`;
  const holds = isOfType(expected.type, id);
  // pandas writes a column of whole numbers that has gaps as 1.0, 2.0.
  const condition = expected.type === "integer" ? `NOT (${holds} OR coalesce(${whole}, false))` : `NOT ${holds}`;
  return finding(db, table.raw, table.rows, {
    rule: "schema",
    column: expected.name,
    condition: `${id} IS NOT NULL AND ${condition}`,
    value: id,
    says: `are not ${noun[expected.type]}`,
  });
};

const missingFinding: Check = async (db, table, expected, { id }) => {
  const allowed = expected.maxMissing;
  if (allowed === undefined) return undefined;
  const broken = await finding(db, table.name, table.rows, {
    rule: "missing",
    column: expected.name,
    condition: `${id} IS NULL`,
    says: "are missing",
    over: Math.floor(allowed * table.rows + 1e-9),
  });
  const limit = allowed === 0 ? "none are allowed" : `at most ${Number((allowed * 100).toPrecision(6))} % are allowed`;
  return broken && { ...broken, message: `${broken.message}; ${limit}` };
};

const rangeFinding: Check = async (db, table, expected, { id, type }) => {
  const { min, max } = expected;
  if (min === undefined && max === undefined) return undefined;
  if (type === "boolean" || type === "timestamp") return undefined;
  const number = type === "string" ? `TRY_CAST(${id} AS DOUBLE)` : `${id}::DOUBLE`;
  const tests = [
    ...(min === undefined ? [] : [`${number} < ${min}::DOUBLE`]),
    ...(max === undefined ? [] : [`${number} > ${max}::DOUBLE`]),
  ];
  const range =
    max === undefined ? `below ${min}` : min === undefined ? `above ${max}` : `not between ${min} and ${max}`;
  return finding(db, table.name, table.rows, {
    rule: "range",
    column: expected.name,
    condition: tests.join(" OR "),
    value: id,
    says: `are ${range}`,
  });
};

const valuesFinding: Check = async (db, table, expected, { id, type }) => {
  const values = expected.values;
  if (!values) return undefined;
  const list = JSON.stringify(values);
  await db.run(`CREATE OR REPLACE TEMP TABLE allowed AS SELECT unnest(from_json($1::JSON, '["VARCHAR"]')) AS value`, [
    list,
  ]);
  const asNumber = type === "integer" || type === "number";
  const set = asNumber
    ? "SELECT TRY_CAST(value AS DOUBLE) FROM allowed WHERE TRY_CAST(value AS DOUBLE) IS NOT NULL"
    : "SELECT value FROM allowed WHERE value IS NOT NULL";
  const listed = values.slice(0, 10).map((value) => `"${value}"`);
  return finding(db, table.name, table.rows, {
    rule: "values",
    column: expected.name,
    condition: `${id} IS NOT NULL AND ${id}::${asNumber ? "DOUBLE" : "VARCHAR"} NOT IN (${set})`,
    value: id,
    says: `are not among the allowed ones (${listed.join(", ")}${values.length > 10 ? ", …" : ""})`,
  });
};

interface Broken {
  rule: Finding["rule"];
  column: string;
  /** SQL: is the row an offender? */
  condition: string;
  /** SQL: what to show of the first one. */
  value?: string;
  says: string;
  /** So many offenders are allowed. */
  over?: number;
}

async function finding(db: Database, table: string, total: number, broken: Broken): Promise<Finding | undefined> {
  const [[count] = [0]] = await db.rows<[number]>(`SELECT count(*)::DOUBLE FROM ${table} WHERE ${broken.condition}`);
  if (count <= (broken.over ?? 0)) return undefined;
  const first = await db.rows<[number, string | null]>(
    `SELECT rowid::DOUBLE + 1, ${broken.value ? `left(${broken.value}::VARCHAR, 60)` : "NULL"} FROM ${table}
     WHERE ${broken.condition} ORDER BY rowid LIMIT ${namedRows}`,
  );
  const [row, value] = first[0]!;
  const example = broken.value ? `, such as "${value}" in row ${row}` : "";
  const message = `${count} of ${total} values of column "${broken.column}" ${broken.says}${example}`;
  return { rule: broken.rule, column: broken.column, message, rows: first.map(([number]) => number) };
}
