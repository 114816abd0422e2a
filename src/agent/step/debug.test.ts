import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeProgram, pythonProgram } from "./debug.ts";

/** Programs that say what they were called with stand for the interpreters. */
describe("the program before an interpreter", () => {
  let folder: string;
  const run = (...args: string[]): string =>
    execFileSync(join(folder, "program"), args, { encoding: "utf8", env: { PYTHONPATH: "/mine" } }).trim();

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "it's a folder-"));
    const say = '#!/bin/sh\nfor a in "$@"; do printf "[%s]" "$a"; done; printf " %s" "$PYTHONPATH"';
    writeFileSync(join(folder, "real"), say, { mode: 0o755 });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (text: string) => writeFileSync(join(folder, "program"), text, { mode: 0o755 });
  const at = () => ({ port: 5678, taken: join(folder, "taken") });
  const python = () => write(pythonProgram({ ...at(), python: join(folder, "real"), packages: "/tools" }));
  const debugpy = "[-m][debugpy][--listen][127.0.0.1:5678][--wait-for-client]";

  it.each([
    [["train.py", "--alpha", "a b"], `[-Xfrozen_modules=off]${debugpy}[train.py][--alpha][a b] /tools:/mine`],
    [["-u", "-Wignore", "train.py"], `[-Xfrozen_modules=off][-u][-Wignore]${debugpy}[train.py] /tools:/mine`],
    [["-m", "train", "-v"], `[-Xfrozen_modules=off]${debugpy}[-m][train][-v] /tools:/mine`],
    [["-c", "print(1)"], `[-Xfrozen_modules=off]${debugpy}[-c][print(1)] /tools:/mine`],
    [["-m", "pip", "list"], "[-m][pip][list] /mine"],
    [["--version"], "[--version] /mine"],
    [["-"], "[-] /mine"],
    [[], "/mine"],
  ])("python %j", (args, expected) => {
    python();
    expect(run(...args)).toBe(expected);
  });

  it("takes the first Python that runs something, and no other", () => {
    python();
    expect(run("--version")).toBe("[--version] /mine");
    expect(run("first.py")).toContain("debugpy");
    expect(run("second.py")).toBe("[second.py] /mine");
  });

  it("takes the first Node", () => {
    write(nodeProgram({ ...at(), node: join(folder, "real") }));
    expect(run("--version")).toBe("[--version] /mine");
    expect(run("app.ts", "a b")).toBe("[--inspect-brk=127.0.0.1:5678][app.ts][a b] /mine");
    expect(run("other.ts")).toBe("[other.ts] /mine");
  });
});
