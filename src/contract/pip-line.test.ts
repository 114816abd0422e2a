// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of an agent
import { expect, it } from "vitest";
import { holdsCredentials, pathIn, pipLines } from "./pip-line.ts";

it("reads a requirements file as pip does", () => {
  const file =
    "# what we need\nnumpy==1.26.4  # not 2\n\npandas==2.2.3 \\\n  --hash=sha256:aa \\\n  --hash=sha256:bb\nx#y\\";
  expect(pipLines(file)).toEqual([
    { text: "numpy==1.26.4", number: 2 },
    { text: "pandas==2.2.3 --hash=sha256:aa --hash=sha256:bb", number: 4 },
    { text: "x#y", number: 7 },
  ]);
});

it.each([
  ["-r requirements.txt", { is: "requirements", path: "requirements.txt", rest: "" }],
  ["-rbase.txt", { is: "requirements", path: "base.txt", rest: "" }],
  ["--requirement=../base.txt", { is: "requirements", path: "../base.txt", rest: "" }],
  ["-c constraints.txt", { is: "constraints", path: "constraints.txt", rest: "" }],
  ["--find-links ./wheels", { is: "wheels", path: "./wheels", rest: "" }],
  ["./dist/x-1.0-py3-none-any.whl", { is: "package", path: "./dist/x-1.0-py3-none-any.whl", rest: "" }],
  [
    "dist/x-1.0.tar.gz[all] ; python_version > '3'",
    { is: "package", path: "dist/x-1.0.tar.gz", rest: "[all] ; python_version > '3'" },
  ],
  ["numpy", undefined],
  ["-r https://example.org/requirements.txt", undefined],
  ["--find-links https://example.org/wheels", undefined],
  ["https://example.org/x-1.0-py3-none-any.whl", undefined],
  ["x @ https://example.org/x-1.0-py3-none-any.whl", undefined],
  ["--index-url https://example.org/a.zip", undefined],
])("finds what %s names beside it", (line, found) => {
  expect(pathIn(line)).toEqual(found);
});

it.each([
  ["--index-url https://ada:secret@example.org/simple", true],
  ["--extra-index-url=https://token@example.org/simple", true],
  ["x @ git+https://ada:secret@example.org/x.git", true],
  ["--extra-index-url https://${UV_USER}:${UV_TOKEN}@example.org/simple", false],
  ["--extra-index-url https://example.org/simple/@team", false],
  ["x @ git+ssh://git@example.org/x.git", false],
])("sees whether %s holds a password", (line, holds) => {
  expect(holdsCredentials(line)).toBe(holds);
});
