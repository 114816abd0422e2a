import type { Card, CardFacts } from "../../contract/card.ts";
import type { LineageNode } from "../../contract/lineage.ts";

/** The card as Markdown: what people wrote, then what is known. */
export function cardMarkdown({ model, sections, facts, missing }: Card): string {
  const parts = [`# ${plain(model.name)} ${model.version}`, overview(model)];
  if (missing.length > 0) parts.push(`> Incomplete: ${missing.join(", ")}.`);
  for (const { title, text, source, from } of sections) {
    if (text === "") continue;
    const note = source === "inherited" ? `\n\n*Written for version ${from}.*` : "";
    parts.push(`## ${title}\n\n${text.trim()}${note}`);
  }
  parts.push(...knownParts(model.metrics, facts));
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

function overview(model: Card["model"]): string {
  const facts = [
    ["Format", model.format],
    ["Digest", model.digest && `sha256:${model.digest}`],
    ["Size", `${model.size} bytes`],
    ["Aliases", model.aliases.join(", ")],
    ["Stage", model.stage === "None" ? "" : model.stage],
    ["Registered", `${new Date(model.createdAt).toISOString()} by ${plain(model.createdBy.name)}`],
  ];
  return facts.flatMap(([name, value]) => (value ? [`- ${name}: ${value}`] : [])).join("\n");
}

function knownParts(metrics: Card["model"]["metrics"], { params, signature, lineage }: CardFacts): string[] {
  const of = (...kinds: string[]) => lineage.nodes.filter((node) => kinds.includes(node.kind));
  const isRoot = (node: LineageNode) => node.id === lineage.root;
  return [
    table("Metrics", ["Metric", "Value"], Object.entries(metrics)),
    table("Parameters", ["Parameter", "Value"], Object.entries(params)),
    table("Inputs", ["Name", "Type"], (signature?.inputs ?? []).map(columnRow)),
    table("Outputs", ["Name", "Type"], (signature?.outputs ?? []).map(columnRow)),
    list("Training data", of("data", "dataset")),
    list("Code and environment", of("code", "environment", "job", "run", "monitor")),
    list(
      "Other versions",
      of("model").filter((node) => !isRoot(node)),
    ),
    list("Builds, releases, deployments", of("build", "release", "deployment")),
  ];
}

const columnRow = ({ name, type, required }: { name: string; type: string; required: boolean }): [string, string] => [
  name,
  required ? type : `${type}, optional`,
];

function table(title: string, head: [string, string], rows: [string, string | number][]): string {
  if (rows.length === 0) return "";
  const lines = [head, ["---", "---"], ...rows.map((row) => row.map((cell) => plain(String(cell))))];
  return `## ${title}\n\n${lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}`;
}

function list(title: string, nodes: LineageNode[]): string {
  if (nodes.length === 0) return "";
  const lines = nodes.map(({ id, label, detail }) => {
    const text = detail ? `${plain(label)} (${plain(detail)})` : plain(label);
    return `- ${text}: \`${id.replaceAll("`", "'")}\``;
  });
  return `## ${title}\n\n${lines.join("\n")}`;
}

/** Text that is shown as it is, in one line. */
const plain = (text: string): string =>
  text.replaceAll(/\s+/g, " ").replaceAll(/[\\`*_[\]<>|#]/g, (character) => `\\${character}`);
