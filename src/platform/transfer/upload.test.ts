import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashFolder, hashWritten } from "./upload.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "trainyard-upload-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
  chmodSync(join(folder, path), mode);
}

const link = (target: string, path: string) => symlinkSync(target, join(folder, path));
const pathsOf = async (files: Promise<{ path: string }[]>) => (await files).map(({ path }) => path);

describe("a folder of a person", () => {
  it("has what its links lead to", async () => {
    write("shared/util.py", "x = 1");
    write("rows/2026/a.csv", "1");
    write("src/main.py", "import util");
    link("../shared/util.py", "src/util.py");
    link("../rows", "src/data");
    const files = await hashFolder(join(folder, "src"));
    expect(files.map(({ path }) => path)).toEqual(["data/2026/a.csv", "main.py", "util.py"]);
    expect(files[2]).toMatchObject({ size: 5 });
  });

  it("does not follow links that .amlignore names", async () => {
    write("src/.amlignore", "data/\nenv\n");
    mkdirSync(join(folder, "rows"));
    link("../rows", "src/data");
    link("/nowhere", "src/env");
    expect(await pathsOf(hashFolder(join(folder, "src")))).toEqual([".amlignore"]);
  });

  it("is refused when a link leads nowhere, or round in a circle", async () => {
    write("src/a/main.py", "");
    link("/nowhere/at/all", "src/a/util.py");
    await expect(hashFolder(join(folder, "src"))).rejects.toThrow(
      '"a/util.py" is a symbolic link to "/nowhere/at/all", where there is nothing.',
    );
    rmSync(join(folder, "src/a/util.py"));
    link("..", "src/a/up");
    await expect(hashFolder(join(folder, "src"))).rejects.toThrow(
      /"a\/up" is a symbolic link to a folder that it is in/,
    );
  });

  it("may hold a folder twice, by two links", async () => {
    write("rows/a.csv", "1");
    mkdirSync(join(folder, "src"));
    link("../rows", "src/one");
    link("../rows", "src/two");
    expect(await pathsOf(hashFolder(join(folder, "src")))).toEqual(["one/a.csv", "two/a.csv"]);
  });

  it("keeps which files are programs, and no other permission", async () => {
    write("run.sh", "#!/bin/sh\n", 0o755);
    write("tool", "\u007fELF…", 0o700);
    write("plain.sh", "#!/bin/sh\n", 0o644);
    write("rows.csv", "1", 0o777);
    const files = await hashFolder(folder);
    expect(files.filter(({ executable }) => executable).map(({ path }) => path)).toEqual(["run.sh", "tool"]);
    expect(files[0]).not.toHaveProperty("executable");
  });
});

it("refuses links in what a program wrote", async () => {
  link("/etc/hostname", "f");
  await expect(hashWritten(folder)).rejects.toThrow('"f" is a symbolic link; outputs are plain files and folders.');
});
