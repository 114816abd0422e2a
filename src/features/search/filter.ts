import { invalid } from "../../contract/errors.ts";
import type { Operand, Operator } from "./compare.ts";
import { type Token, tokenize } from "./tokens.ts";

/** `metrics.rmse < 50`: `entity` is `metrics`, empty for a bare key. */
export interface Comparison {
  entity: string;
  key: string;
  operator: Operator;
  value: Operand;
  /** The comparison as it was written. */
  text: string;
}

/** Each is a join; databases plan with many of them for minutes. */
const mostComparisons = 100;

/** Each is a variable of the query, of which databases take some ten thousands. */
const mostListed = 10_000;

/** Comparisons joined by AND. There is no OR and there are no parentheses but those of IN. */
export function parseFilter(filter: string): Comparison[] {
  return filter.trim() === "" ? [] : new Parser(filter).comparisons();
}

class Parser {
  private readonly filter: string;
  private readonly tokens: Token[];
  private position = 0;
  private listed = 0;

  constructor(filter: string) {
    this.filter = filter;
    this.tokens = tokenize(filter);
  }

  comparisons(): Comparison[] {
    const found = [this.comparison()];
    while (this.peek().kind !== "end") {
      if (!this.isWord("AND")) this.fail(this.peek(), "Comparisons are joined by AND.");
      this.position += 1;
      found.push(this.comparison());
      if (found.length > mostComparisons) throw invalid(`A filter has at most ${mostComparisons} comparisons.`);
    }
    return found;
  }

  private comparison(): Comparison {
    const start = this.peek().at;
    const { entity, key } = this.identifier();
    const operator = this.operator();
    const value = operator.startsWith("IS ") ? null : operator.endsWith("IN") ? this.list() : this.value();
    return { entity, key, operator, value, text: this.filter.slice(start, this.end()).trim() };
  }

  /** `entity.key`, or a bare key. The key may go on after further dots, or be quoted. */
  private identifier(): { entity: string; key: string } {
    const first = this.next();
    if (first.kind !== "word" && first.kind !== "quoted") this.fail(first, "A comparison starts with an identifier.");
    const parts = [first.value];
    while (this.peek().text === ".") {
      this.position += 1;
      const part = this.next();
      if (!["word", "quoted", "number"].includes(part.kind)) this.fail(part, "A name is missing after the dot.");
      parts.push(part.value);
    }
    // A name of two words, such as `Run Name`.
    if (parts.length === 1 && this.peek().kind === "word" && this.tokens[this.position + 1]?.kind === "operator")
      parts[0] = `${parts[0]} ${this.next().value}`;
    const [entity = "", ...rest] = parts;
    return rest.length === 0 ? { entity: "", key: entity } : { entity, key: rest.join(".") };
  }

  private operator(): Operator {
    const token = this.next();
    if (token.kind === "operator") return (token.text === "<>" ? "!=" : token.text) as Operator;
    const word = token.kind === "word" ? token.text.toUpperCase() : "";
    if (word === "LIKE" || word === "ILIKE" || word === "IN") return word;
    if (word === "NOT" && this.takeWord("IN")) return "NOT IN";
    if (word === "IS") {
      const not = this.takeWord("NOT");
      if (this.takeWord("NULL")) return not ? "IS NOT NULL" : "IS NULL";
    }
    return this.fail(token, "A comparison needs one of = != > >= < <= LIKE ILIKE IN NOT IN IS NULL IS NOT NULL.");
  }

  private value(): string | number {
    const token = this.next();
    if (token.kind === "number") return Number(token.text);
    if (token.kind === "string" || (token.kind === "quoted" && token.text.startsWith('"'))) return token.value;
    if (token.kind === "word" && /^(true|false)$/i.test(token.text)) return token.text;
    return this.fail(token, "A value is a number or a string in quotes.");
  }

  private list(): string[] {
    const open = this.next();
    if (open.text !== "(") this.fail(open, "IN is followed by a list such as ('a', 'b').");
    const items: string[] = [];
    for (;;) {
      const item = this.next();
      const isText = item.kind === "string" || (item.kind === "quoted" && item.text.startsWith('"'));
      if (!isText) this.fail(item, "While parsing a list in the query, expected a non-empty list of string values.");
      items.push(item.value);
      this.listed += 1;
      if (this.listed > mostListed) throw invalid(`The lists of a filter have at most ${mostListed} items.`);
      const separator = this.next();
      if (separator.text === ")") return items;
      if (separator.text !== ",") this.fail(separator, "The items of a list are separated by commas.");
      if (this.peek().text === ")") {
        this.position += 1;
        return items;
      }
    }
  }

  private end(): number {
    return this.peek().at;
  }

  private peek(): Token {
    return this.tokens[this.position]!;
  }

  private next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.position += 1;
    return token;
  }

  private isWord(word: string): boolean {
    const token = this.peek();
    return token.kind === "word" && token.text.toUpperCase() === word;
  }

  private takeWord(word: string): boolean {
    const taken = this.isWord(word);
    if (taken) this.position += 1;
    return taken;
  }

  private fail(token: Token, hint: string): never {
    throw invalid(
      `Invalid clause(s) in filter string: '${token.text}' at character ${token.at + 1} of '${this.filter}'. ${hint}`,
    );
  }
}
