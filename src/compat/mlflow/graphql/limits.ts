import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from "graphql";

export const limits = { tokens: 10_000, depth: 10, selections: 1000, rootFields: 10, aliases: 10 };

export const tooDeep = `Query exceeds maximum depth of ${limits.depth}`;

/**
 * Says what a query asks too much of, in MLflow's words; undefined when it is within bounds. One request must not be
 * hundreds. Fragments count each time they are used, wherever they stand, so that they are no way around.
 */
export function excessOf(document: DocumentNode): string | undefined {
  const fragments = new Map(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  );
  let rootFields = 0;
  let aliases = 0;
  let selections = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const open: [SelectionSetNode[], number][] = [[[definition.selectionSet], 1]];
    for (let next = open.pop(); next; next = open.pop()) {
      const [sets, depth] = next;
      if (depth > limits.depth) return tooDeep;
      let here = 0;
      for (const set of sets) {
        for (const selection of set.selections) {
          selections += 1;
          if (selections > limits.selections) return `Query exceeds maximum total selections of ${limits.selections}`;
          if (selection.kind !== Kind.FIELD) {
            const inside = insideOf(selection, fragments);
            if (inside) sets.push(inside);
            continue;
          }
          if (depth === 1) rootFields += 1;
          if (selection.alias) here += 1;
          if (selection.selectionSet) open.push([[selection.selectionSet], depth + 1]);
        }
      }
      aliases = Math.max(aliases, here);
    }
  }
  if (rootFields > limits.rootFields) return tooMany("root fields", limits.rootFields, rootFields);
  if (aliases > limits.aliases) return tooMany("aliases", limits.aliases, aliases);
  return undefined;
}

const insideOf = (
  selection: Exclude<SelectionSetNode["selections"][number], { kind: Kind.FIELD }>,
  fragments: Map<string, FragmentDefinitionNode>,
): SelectionSetNode | undefined =>
  selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments.get(selection.name.value)?.selectionSet;

const tooMany = (what: string, most: number, count: number) =>
  `GraphQL queries should have at most ${most} ${what}, got ${count} ${what}.`;
