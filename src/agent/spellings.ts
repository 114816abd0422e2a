/**
 * How programs print a value: as it is, in JSON, in URLs, in headers, in Python, in a traced shell. What is in base64 may
 * begin anywhere in what was encoded (`user:password`), so only the characters that depend on nothing else count.
 */
export function spellingsOf(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const asciiJson = json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const plain = [value, json, asciiJson, ...[json, asciiJson].map((text) => JSON.stringify(text).slice(1, -1))];
  return [...new Set([...plain, ...inPython(value), ...inShell(value), ...inUrls(value), ...inBase64(value)])];
}

/** As `repr` shows it, which escapes the quotes that it chooses. */
const inPython = (value: string): string[] => {
  const escaped = value.replace(/[\\\n\r\t]/g, (character) => escapes[character]!);
  return [escaped, escaped.replaceAll("'", "\\'")];
};

const escapes: Record<string, string> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** As `set -x` shows it, between quotes. */
const inShell = (value: string): string[] => [value.replaceAll("'", "'\\''")];

/** What is left as it is differs: RFC 3986, JavaScript, paths and forms. */
function inUrls(value: string): string[] {
  const javascript = value.isWellFormed() ? encodeURIComponent(value) : value;
  const strict = javascript.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [javascript, strict].flatMap((text) => [
    text,
    text.replaceAll("%2F", "/"),
    text.replaceAll("%20", "+"),
  ]);
  return forms.flatMap((text) => [text, text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
}

/** Programs wrap what they encode at one of these. */
const wraps = [76, 64];
/** Shorter pieces are found in what is no secret. */
const shortestPiece = 8;

function inBase64(value: string): string[] {
  const bytes = Buffer.from(value);
  const cores = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  const pieces = wraps.flatMap((width) => cores[0]!.match(new RegExp(`.{1,${width}}`, "g")) ?? []);
  const found = [bytes.toString("base64"), ...cores, ...pieces].filter((text) => text.length >= shortestPiece);
  return found.flatMap((text) => [text, text.replaceAll("+", "-").replaceAll("/", "_")]);
}
