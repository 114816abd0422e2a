export interface Token {
  kind: "word" | "quoted" | "string" | "number" | "operator" | "other" | "end";
  text: string;
  value: string;
  /** Offset in the filter. */
  at: number;
}

const shapes: [Token["kind"], RegExp][] = [
  ["string", /'((?:[^'\\]|\\.|'')*)'/y],
  ["quoted", /"((?:[^"\\]|\\.)*)"|`([^`]*)`/y],
  ["number", /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y],
  ["word", /[A-Za-z_][\w]*(?:[/:-][\w]+)*/y],
  ["operator", /<=|>=|!=|<>|=|<|>/y],
  ["other", /[^\s]/y],
];

/** Splits a filter. What fits no shape is a token of its own, so that the parser can say where it is. */
export function tokenize(filter: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < filter.length) {
    if (/\s/.test(filter[at]!)) {
      at += 1;
      continue;
    }
    for (const [kind, shape] of shapes) {
      shape.lastIndex = at;
      const match = shape.exec(filter);
      if (!match) continue;
      const value = match[1] ?? match[2] ?? match[0];
      tokens.push({ kind, text: match[0], value: kind === "string" ? value.replaceAll("''", "'") : value, at });
      at += match[0].length;
      break;
    }
  }
  tokens.push({ kind: "end", text: "the end", value: "", at: filter.length });
  return tokens;
}
