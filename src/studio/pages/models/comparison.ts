import type { CardFacts } from "../../../contract/card.ts";
import { bytes, metric } from "../../parts/number.ts";
import type { VersionDetail } from "./version-parts.tsx";

export interface Row {
  name: string;
  /** Null where one side has none. */
  left: string | null;
  right: string | null;
  /** How a number changed: `−3.1 %`. */
  change: string;
}

export type Comparison = { title: string; rows: Row[] }[];

type Side = [VersionDetail, CardFacts | undefined];

/** What two versions have and where they differ, group by group; groups that neither has are left out. */
export function compareVersions(left: Side, right: Side): Comparison {
  const of = (title: string, read: (side: Side) => [string, string][], changes?: (name: string) => string) => ({
    title,
    rows: rowsOf(read(left), read(right), changes),
  });
  return [
    of("Version", factsOf),
    of("Metrics", metricsOf, (name) => changeOf(left[0].metrics[name], right[0].metrics[name])),
    of("Parameters", ([, facts]) => Object.entries(facts?.params ?? {})),
    of("Training data", ([model]) => model.trainingData.map((subject) => dataOf(subject))),
    of("Inputs", ([, facts]) => columnsOf(facts?.signature?.inputs)),
    of("Outputs", ([, facts]) => columnsOf(facts?.signature?.outputs)),
    of("Files", ([model]) =>
      model.files.map((file) => [file.path, `${bytes(file.size)}, ${file.digest.slice(0, 12)}`]),
    ),
  ].filter((group) => group.rows.length > 0);
}

const factsOf = ([model]: Side): [string, string][] => [
  ["Format", model.format],
  ["Size", bytes(model.size)],
  ["Digest", model.digest?.slice(0, 12) ?? "no files"],
  ["Stage", model.stage],
  ["Aliases", model.aliases.map((alias) => `@${alias}`).join(" ") || "none"],
  ["Registered by", model.createdBy.name],
];

const metricsOf = ([model]: Side): [string, string][] =>
  Object.entries(model.metrics).map(([name, value]) => [name, metric(value)]);

/** `data/churn/2` as the version of `churn`. */
function dataOf(subject: string): [string, string] {
  const [, name = subject, version = ""] = subject.split("/");
  return [name, `version ${version}`];
}

const columnsOf = (columns: NonNullable<CardFacts["signature"]>["inputs"] = []): [string, string][] =>
  columns.map(({ name, type, required }) => [name, required ? type : `${type}, optional`]);

function rowsOf(left: [string, string][], right: [string, string][], changes = (_: string) => ""): Row[] {
  const [one, other] = [new Map(left), new Map(right)];
  return [...new Set([...one.keys(), ...other.keys()])].map((name) => ({
    name,
    left: one.get(name) ?? null,
    right: other.get(name) ?? null,
    change: changes(name),
  }));
}

function changeOf(left: number | string | undefined, right: number | string | undefined): string {
  const [from, to] = [Number(left), Number(right)];
  if (left === undefined || right === undefined || !Number.isFinite(from) || !Number.isFinite(to)) return "";
  if (from === to) return "";
  const sign = to > from ? "+" : "−";
  const share = Math.abs((to - from) / from) * 100;
  return Number.isFinite(share) ? `${sign}${share < 0.1 ? share.toPrecision(1) : share.toFixed(1)} %` : sign;
}
