import { describe, type Node } from "../azureml/document.ts";
import { entries, ignored, isEmpty, readFields, refused, text } from "../azureml/fields.ts";
import type { Issues, Located } from "../azureml/issues.ts";
import { refuseExpressions } from "./macros.ts";

const itemShape = {
  name: text,
  value: text,
  readonly: ignored,
  group: refused("variable groups are"),
  template: refused("templates are", "Write the variables into this file."),
};

const variableName = /^[A-Za-z_][\w.]*$/;

/** `variables` as a mapping, or as a list of names and values. */
export function readVariables(node: Node, issues: Issues): Map<string, Located<string>> {
  const found = new Map<string, Located<string>>();
  const keep = (name: string, value: Located<string>) => {
    if (!variableName.test(name)) {
      issues.add(value.at, `"${name}" is not a name of a variable`, 'Use letters, digits, "_" and ".".');
    }
    refuseExpressions(value.value, value.at, issues);
    found.set(name, value);
  };
  if (node.kind === "map") {
    for (const entry of entries(node, "variables", issues) ?? []) {
      const value = isEmpty(entry.node) ? { value: "", at: entry.at } : textOf(entry.node, entry.name, issues);
      if (value) keep(entry.name, value);
    }
    return found;
  }
  if (node.kind !== "list") {
    issues.add(node.at, `"variables" must be a mapping or a list, but it is ${describe(node)}`);
    return found;
  }
  for (const item of node.items) {
    if (item.kind !== "map") {
      issues.add(item.at, `a variable must be a mapping with "name" and "value", but it is ${describe(item)}`);
      continue;
    }
    const refusedForm = item.entries.has("group") || item.entries.has("template");
    const fields = readFields(item, "a variable", itemShape, issues, refusedForm ? [] : ["name"]);
    if (fields.name) keep(fields.name.value, fields.value ?? { value: "", at: item.at });
  }
  return found;
}

const textOf = (node: Node, name: string, issues: Issues) => text(node, `variables.${name}`, issues);
