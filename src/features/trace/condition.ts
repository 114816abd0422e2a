import { type RawBuilder, type SqlBool, sql } from "kysely";
import { invalid } from "../../contract/errors.ts";
import { compare, type Operand, type Operator } from "../search/index.ts";

/** One condition on a trace. Those on spans all mean the same span. */
export interface TraceCondition {
  on:
    | "attribute"
    | "tag"
    | "metadata"
    | "run"
    | "prompt"
    | "span"
    | "span-attribute"
    | "text"
    | "feedback"
    | "expectation"
    | "issue";
  /** For an attribute, a column of `trace` or `ended_at`; for a span, one of `span`. */
  key: string;
  operator: Operator;
  value: Operand;
}

/** The conditions as SQL on the table `trace`. */
export function conditionsSql(conditions: TraceCondition[]): RawBuilder<SqlBool>[] {
  const spans = conditions.filter(({ on }) => on === "span" || on === "span-attribute" || on === "text");
  const others = conditions.filter((condition) => !spans.includes(condition)).map(conditionSql);
  if (spans.length === 0) return others;
  const fits = sql.join(spans.map(spanSql), sql` and `);
  return [...others, inTrace("span", sql`one`, sql`${fits}`)];
}

const inTrace = (table: string, name: RawBuilder<unknown>, fits: RawBuilder<unknown>): RawBuilder<SqlBool> =>
  sql`exists (select 1 from ${sql.table(table)} as ${name}
    where ${name}.workspace = trace.workspace and ${name}.trace_id = trace.id and ${fits})`;

function conditionSql({ on, key, operator, value }: TraceCondition): RawBuilder<SqlBool> {
  if (on === "attribute") {
    const column = key === "ended_at" ? sql`trace.started_at + coalesce(trace.duration, 0)` : sql.ref(`trace.${key}`);
    return compare(column, operator, value);
  }
  if (on === "tag" || on === "metadata") {
    const fact = sql.ref("fact");
    return existence(
      `trace_${on}`,
      sql`fact.key = ${key}`,
      operator,
      compare(sql.ref("fact.value"), operator, value),
      fact,
    );
  }
  if (on === "run" || on === "prompt") {
    const fact = sql.ref("fact");
    const fits = compare(sql.ref("fact.target"), operator, value);
    return existence("trace_link", sql`fact.kind = ${on}`, operator, fits, fact);
  }
  return assessmentSql(on, key, operator, value);
}

function existence(
  table: string,
  which: RawBuilder<unknown>,
  operator: Operator,
  fits: RawBuilder<unknown>,
  name: RawBuilder<unknown>,
): RawBuilder<SqlBool> {
  const found = (extra: RawBuilder<unknown>) => inTrace(table, name, sql`${which}${extra}`);
  if (operator === "IS NOT NULL") return found(sql``);
  if (operator === "IS NULL") return sql`not ${found(sql``)}`;
  return found(sql` and ${fits}`);
}

/** Of an assessment the value is compared, of an issue the name by which the trace points at it. */
function assessmentSql(kind: string, key: string, operator: Operator, value: Operand): RawBuilder<SqlBool> {
  const fact = sql.ref("fact");
  if (kind === "issue")
    return existence(
      "assessment",
      sql`fact.kind = 'issue'`,
      operator,
      compare(sql.ref("fact.name"), operator, value),
      fact,
    );
  const column = sql.ref("fact.value");
  // Values are JSON: 'true' means the boolean as well as the text.
  const json = [value, JSON.stringify(value)];
  const fits =
    operator === "="
      ? sql`${column} in (${sql.join(json)})`
      : operator === "!="
        ? sql`${column} not in (${sql.join(json)})`
        : compare(column, operator, value);
  const which = sql`fact.kind = ${kind} and fact.name = ${key} and fact.is_valid = 1`;
  return existence("assessment", which, operator, fits, fact);
}

function spanSql({ on, key, operator, value }: TraceCondition): RawBuilder<SqlBool> {
  if (on === "span") return compare(sql.ref(`one.${key}`), operator, value);
  if (on === "text") return compare(sql.ref("one.content"), operator, value);
  if (operator.startsWith("IS "))
    throw invalid(`Invalid comparator '${operator}' for span.attributes.${key}.`, { hint: "Compare it with a value." });
  return sql`exists (select 1 from span_attribute as word where word.workspace = one.workspace
    and word.trace_id = one.trace_id and word.span_id = one.span_id and word.key = ${key}
    and ${compare(sql.ref("word.value"), operator, value)})`;
}
