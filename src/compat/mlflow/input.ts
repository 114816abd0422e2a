import type { Problem } from "../../contract/errors.ts";
import { invalidParameter, missingValue, WholeDouble, wrongValue } from "./error.ts";
import { isSpeltAsDouble, rememberText } from "./spelling.ts";

const numberText = /^-?\d+$/;

/** The parameters of a request, or one object inside them. Wrong ones fail with MLflow's words. */
export class Input {
  private readonly values: Record<string, unknown>;
  private readonly at: string;
  private readonly root: object;

  constructor(values: Record<string, unknown>, at = "", root: object = values) {
    this.values = values;
    this.at = at;
    this.root = root;
  }

  pathOf(name: string): string {
    return this.at === "" ? name : `${this.at}.${name}`;
  }

  private wrong(name: string, value: unknown, reason?: string): Problem {
    const at = this.pathOf(name);
    const isDouble = Number.isInteger(value) && isSpeltAsDouble(this.root, at);
    return wrongValue(at, isDouble ? new WholeDouble(value as number) : value, reason);
  }

  has(name: string): boolean {
    return this.values[name] !== undefined && this.values[name] !== null;
  }

  /** A string that is there and not empty. */
  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined || value === "") throw missingValue(this.pathOf(name));
    return value;
  }

  /** A string; an absent one is empty. */
  plainText(name: string): string {
    return this.optionalText(name) ?? "";
  }

  optionalText(name: string): string | undefined {
    if (!this.has(name)) return undefined;
    const value = this.values[name];
    if (typeof value !== "string") throw this.wrong(name, value);
    // PostgreSQL cannot keep it, and nothing useful contains it.
    if (value.includes("\0")) throw this.wrong(name, value, "It contains a NUL character.");
    return value;
  }

  /** For what is a string and some clients send as a number. */
  textOrNumber(name: string): string {
    return typeof this.values[name] === "number" ? String(this.values[name]) : this.text(name);
  }

  integer(name: string): number {
    const value = this.optionalInteger(name);
    if (value === undefined) throw missingValue(this.pathOf(name));
    return value;
  }

  optionalInteger(name: string): number | undefined {
    if (!this.has(name)) return undefined;
    const value = this.values[name];
    const number = typeof value === "string" && numberText.test(value) ? Number(value) : value;
    if (typeof number !== "number" || !Number.isFinite(number)) throw this.wrong(name, value);
    const whole = Math.trunc(number);
    if (Number.isSafeInteger(whole)) return whole;
    throw this.wrong(name, value, "It is not an integer below 2^53.");
  }

  /** A double; `NaN`, `Infinity` and `-Infinity` travel as strings. */
  number(name: string): number {
    if (!this.has(name)) throw missingValue(this.pathOf(name));
    const value = this.values[name];
    if (typeof value === "number") return value;
    if (typeof value === "string" && /^(NaN|[+-]?Infinity|[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)$/i.test(value))
      return Number(value);
    throw this.wrong(name, value);
  }

  flag(name: string): boolean {
    const value = this.values[name];
    if (value === undefined || value === null) return false;
    if (value === true || value === "true" || value === "True") return true;
    if (value === false || value === "false" || value === "False") return false;
    throw this.wrong(name, value);
  }

  /** A list of objects. */
  list(name: string): Input[] {
    return this.array(name).map((item, index) => {
      const at = `${this.pathOf(name)}[${index}]`;
      if (typeof item !== "object" || item === null || Array.isArray(item)) throw wrongValue(at, item);
      return new Input(item as Record<string, unknown>, at, this.root);
    });
  }

  texts(name: string): string[] {
    const value = this.values[name];
    const list = typeof value === "string" && this.at === "" && this.isQuery ? [value] : this.array(name);
    return list.map((item) => {
      if (typeof item !== "string") throw this.wrong(name, value);
      if (item.includes("\0")) throw this.wrong(name, value, "It contains a NUL character.");
      return item;
    });
  }

  object(name: string): Input {
    const value = this.values[name];
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw missingValue(this.pathOf(name));
    return new Input(value as Record<string, unknown>, this.pathOf(name), this.root);
  }

  /** The object, or an empty one. */
  optionalObject(name: string): Input {
    return this.has(name) ? this.object(name) : new Input({}, this.pathOf(name));
  }

  /** Any JSON. */
  json(name: string): unknown {
    return this.values[name];
  }

  /** An object of texts; numbers and booleans in it are written as text. */
  textMap(name: string): Record<string, string> {
    const { values } = this.optionalObject(name);
    return Object.fromEntries(
      Object.entries(values).map(([key, value]) => {
        if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean")
          throw wrongValue(`${this.pathOf(name)}.${key}`, value);
        return [key, String(value)];
      }),
    );
  }

  /** A list of `{key, value}`; the last value of a key counts. */
  pairs(name: string): [string, string][] {
    return this.list(name).map((pair) => [pair.text("key"), pair.plainText("value")]);
  }

  /** Set for a query string, where a list of one looks like a single value. */
  isQuery = false;

  private array(name: string): unknown[] {
    const value = this.values[name];
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw this.wrong(name, value);
    return value;
  }
}

export function inputOfBody(body: unknown): Input {
  let value = body;
  // Old clients encode twice.
  if (typeof value === "string") value = parsedBody(value);
  if (typeof value !== "object" || value === null) return new Input({});
  if (Array.isArray(value)) throw invalidParameter("The request body is not a JSON object.");
  return new Input(value as Record<string, unknown>);
}

/** What is not JSON counts as nothing said, as MLflow has it. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function parsedBody(text: string): unknown {
  const body = parsed(text);
  rememberText(body, text);
  return body;
}

export function inputOfQuery(query: unknown): Input {
  const input = new Input(query as Record<string, unknown>);
  input.isQuery = true;
  return input;
}
