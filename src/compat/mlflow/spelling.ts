/** The text of request bodies, to quote from: `9.0` is `9` once it is parsed, and people look for what they sent. */
const texts = new WeakMap<object, string>();

export function rememberText(body: unknown, text: string): void {
  if (typeof body === "object" && body !== null) texts.set(body, text);
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

class Double {}
const markDoubles: Reviver = (_, value, { source }) =>
  typeof value === "number" && /[.eE]/.test(source ?? "") ? new Double() : value;

/** Whether the number at a path such as `metrics[0].step` was written with a point or an exponent. */
export function isSpeltAsDouble(body: object, path: string): boolean {
  const text = texts.get(body);
  if (text === undefined) return false;
  let found: unknown = JSON.parse(text, markDoubles as Parameters<typeof JSON.parse>[1]);
  for (const key of path.split(/[.[\]]+/).filter(Boolean))
    found = (found as Record<string, unknown> | undefined)?.[key];
  return found instanceof Double;
}
