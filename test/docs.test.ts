import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createProgram } from "../src/cli/commands.ts";
import type { Command } from "../src/cli/program.ts";
import { openApiDocument } from "../src/contract/openapi.ts";
import { permissions, roleNames } from "../src/contract/permissions.ts";
import { configSchema, environmentVariableOf, flagOf } from "../src/platform/config.ts";
import { version } from "../src/server/version.ts";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].concat(
  readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
);

describe("the documentation", () => {
  it("describes every setting", () => {
    const page = read("docs/configuration.md");
    const missing = Object.keys(configSchema.shape).filter(
      (key) => !page.includes(`\`${flagOf(key)}\``) || !page.includes(`\`${environmentVariableOf(key)}\``),
    );
    expect(missing).toEqual([]);
  });

  it("lists every command", () => {
    const rows = read("docs/cli.md")
      .split("\n")
      .filter((line) => line.startsWith("| "));
    const missing = createProgram().commands.flatMap((noun) => {
      if (noun.commands.length === 0) return rows[1]?.includes(`\`${noun.name()}\``) ? [] : [noun.name()];
      const row = rows.find((line) => line.startsWith(`| \`${noun.name()}\` `)) ?? "";
      return noun.commands
        .filter((verb) => !row.includes(`\`${verb.name()}\``))
        .map((verb) => `${noun.name()} ${verb.name()}`);
    });
    expect(missing).toEqual([]);
  });

  it("describes every role and permission", () => {
    const page = read("docs/access.md");
    const names = [...roleNames, ...permissions];
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it("contains the OpenAPI document of today", () => {
    const document = JSON.parse(JSON.stringify(openApiDocument(version)));
    expect(JSON.parse(read("docs/openapi.json")), "run `npm run openapi`").toEqual(document);
  });

  it("links to files that are there", () => {
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
        .map((match) => match[1]!)
        .filter((target) => !/^[a-z]+:/.test(target))
        .filter((target) => !existsSync(join(root, dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it("names only commands that exist", () => {
    const namesOf = (commands: readonly Command[]) => commands.flatMap((one) => [one.name(), ...one.aliases()]);
    const { commands } = createProgram();
    const nouns = namesOf(commands);
    expect(nouns).toContain("job");
    const wrong: string[] = [];
    for (const page of [...pages, "examples/diabetes/README.md"]) {
      for (const [, noun, verb] of read(page).matchAll(
        /(?:^|`|\$ |npx )trainyard ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?/gm,
      )) {
        if (!nouns.includes(noun!)) {
          wrong.push(`${page}: trainyard ${noun}`);
          continue;
        }
        const known = namesOf(commands.find((one) => namesOf([one]).includes(noun!))!.commands);
        if (known.length > 1 && verb && !known.includes(verb)) wrong.push(`${page}: trainyard ${noun} ${verb}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
