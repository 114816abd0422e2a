import { type Document, isScalar, Lexer, type LineCounter, parseDocument, visit, type YAMLMap } from "yaml";

/** Files of YAML come from anybody, and are read in processes that others wait for. */
const mostCharacters = 2_000_000;
/** Words, marks and the spaces between them. A job of ten thousand steps has 280,000, which are read in a second. */
const mostTokens = 500_000;
/** Of a file that is read as plain data, in which each alias is looked for from the beginning. */
const mostAliases = 100;

/** What the file holds may be YAML; reading it would take too long. */
export class YamlTooLarge extends Error {}

interface Reading {
  lineCounter?: LineCounter;
  /** `failsafe`: everything is text; versions such as 3.10 stay what they are. */
  schema?: "core" | "failsafe";
  merge?: boolean;
  /** A key that is no text is an error. */
  stringKeys?: boolean;
  mostAliases?: number;
}

/** The plain data of a file of YAML. Fails for what is none, names a key twice, or takes long to read. */
export function readYaml(text: string, { schema = "core" }: Pick<Reading, "schema"> = {}): unknown {
  const document = parseYamlDocument(text, { schema, merge: false, mostAliases });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw problem;
  return notTooDeep(() => {
    refuseDuplicates(document);
    return document.toJS({ maxAliasCount: mostAliases });
  });
}

/**
 * A file of YAML of bounded size. To find keys that are there twice is up to the caller: the library compares every key
 * of a mapping with every other one.
 */
export function parseYamlDocument(text: string, { mostAliases = mostTokens, ...reading }: Reading): Document.Parsed {
  if (text.length > mostCharacters) throw new YamlTooLarge(`the file has more than ${mostCharacters} characters`);
  refuseMany(text, mostAliases);
  return notTooDeep(() => parseDocument(text, { ...reading, prettyErrors: false, uniqueKeys: false }));
}

function notTooDeep<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof RangeError ? new YamlTooLarge("the file is nested too deeply") : error;
  }
}

/** What the library's lexer says before the text of a value, which may begin with anything. */
const beforeText = "\u001f";

/** To count what there is takes a tenth of the time of reading it. */
function refuseMany(text: string, most: number): void {
  let tokens = 0;
  let aliases = 0;
  let last = "";
  for (const token of new Lexer().lex(text)) {
    if (++tokens > mostTokens) throw new YamlTooLarge(`the file has more than ${mostTokens} words and marks`);
    if (token.startsWith("*") && last !== beforeText && ++aliases > most) {
      throw new YamlTooLarge(`the file has more than ${most} aliases (*name)`);
    }
    last = token;
  }
}

function refuseDuplicates(document: Document): void {
  visit(document, {
    Map(_, map: YAMLMap) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? key.value : key;
        if (seen.has(name)) throw new Error(`the key "${String(name)}" is there twice in one mapping`);
        seen.add(name);
      }
    },
  });
}
