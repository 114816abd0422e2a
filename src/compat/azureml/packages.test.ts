// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of an agent
import { expect, it } from "vitest";
import { parse } from "yaml";
import type { CommandStep } from "../../contract/job.ts";
import { digestOf, translate } from "./testing.ts";

const wheel = "mine-1.0-py3-none-any.whl";

async function environmentOf(yaml: string, files: Record<string, string> = {}) {
  const { definition, issues } = await translate({ "job.yml": `command: ls\nenvironment: ${yaml}`, ...files });
  return { environment: (definition?.steps.main as CommandStep | undefined)?.environment, issues };
}
const pipIn = (condaFile: string) =>
  (parse(condaFile) as { dependencies: ({ pip?: string[] } | string)[] }).dependencies.flatMap((one) =>
    typeof one === "string" ? [] : one.pip!,
  );

it("puts requirements files in the place of the lines that name them, and brings what they name", async () => {
  const { environment, issues } = await environmentOf("{ conda_file: envs/conda.yml }", {
    "envs/conda.yml": "dependencies:\n- python=3.11\n- pip:\n  - -r ../requirements.txt\n  - onnx\n",
    "requirements.txt": `-r more/base.txt # first\nnumpy==2.2.0 \\\n  --hash=sha256:aa\n./dist/${wheel}[all] ; python_version > '3'\n`,
    "more/base.txt": "--extra-index-url https://example.org/simple\n-c limits.txt\n",
    "more/limits.txt": "pandas<3\n",
    [`dist/${wheel}`]: "wheel",
  });
  expect(issues).toEqual([]);
  expect(pipIn(environment!.condaFile!)).toEqual([
    ...["--extra-index-url https://example.org/simple", "-c ./limits.txt", "numpy==2.2.0 --hash=sha256:aa"],
    ...[`./${wheel}[all] ; python_version > '3'`, "onnx"],
  ]);
  expect(environment!.files).toBe(digestOf({ "limits.txt": "pandas<3\n", [wheel]: "wheel" }));
});

it("leaves a conda file that names no files as it was written", async () => {
  const conda =
    "# mine\ndependencies:\n- python\n- pip: [onnx, '--extra-index-url https://${UV_TOKEN}@example.org/simple']\n";
  const { environment } = await environmentOf("{ conda_file: conda.yml }", { "conda.yml": conda });
  expect(environment).toEqual({ name: null, image: null, condaFile: conda });
});

it("takes a requirements file and a project of uv as an environment", async () => {
  const requirements = await environmentOf('{ requirements_file: r.txt, python_version: "3.12", image: ubuntu }', {
    "r.txt": "numpy\n",
  });
  expect(parse(requirements.environment!.condaFile!)).toEqual({
    dependencies: ["python=3.12", "pip", { pip: ["numpy"] }],
  });
  const project = { "pyproject.toml": "[project]", "uv.lock": "version = 1", ".python-version": "3.12" };
  const inFolder = Object.fromEntries(Object.entries(project).map(([name, text]) => [`mine/${name}`, text]));
  for (const place of ["mine", "./mine/", "mine/uv.lock", "./mine/pyproject.toml"]) {
    const { environment, issues } = await environmentOf(`{ uv_project: ${place} }`, { ...inFolder, "mine/big": "x" });
    expect(issues).toEqual([]);
    expect(environment).toEqual({ name: null, image: null, condaFile: null, uvProject: digestOf(project) });
  }
  expect((await environmentOf("{ uv_project: . }", project)).environment?.uvProject).toBe(digestOf(project));
});

it.each<[string, string, Record<string, string>, RegExp]>([
  ["a file that is not there", "{ requirements_file: r.txt }", {}, /the requirements file "r.txt" is not there/],
  [
    "one that another names",
    "{ requirements_file: r.txt }",
    { "r.txt": "a\n-r b.txt" },
    /^r.txt:2:1 .*"b.txt" is not there/,
  ],
  ["one that names itself", "{ requirements_file: r.txt }", { "r.txt": "-r r.txt" }, /"r.txt" names itself/],
  [
    "a wheel that is not there",
    "{ requirements_file: r.txt }",
    { "r.txt": "./x.whl" },
    /the package ".\/x.whl" is not there/,
  ],
  [
    "a file outside",
    "{ requirements_file: r.txt }",
    { "r.txt": "-r ../../etc/passwd" },
    /outside of the uploaded files/,
  ],
  [
    "two wheels of one name",
    "{ requirements_file: r.txt }",
    { "r.txt": "./a/x.whl\n./b/x.whl", "a/x.whl": "", "b/x.whl": "" },
    /same name/,
  ],
  [
    "a password",
    "{ requirements_file: r.txt }",
    { "r.txt": "-i https://ada:secret@example.org/simple" },
    /^r.txt:1:1 this URL holds a password/,
  ],
  [
    "a project without its lock",
    "{ uv_project: . }",
    { "pyproject.toml": "" },
    /the lock of the project "\.\/uv.lock" is not there/,
  ],
  [
    "two kinds at once",
    "{ requirements_file: r.txt, uv_project: . }",
    { "r.txt": "a" },
    /one of conda_file, requirements_file, uv_project/,
  ],
  [
    "a requirements file as a conda file",
    "{ conda_file: r.txt }",
    { "r.txt": "numpy" },
    /requirements file, not a conda file/,
  ],
  [
    "a requirements file as an environment",
    "./r.txt",
    { "r.txt": "numpy" },
    /"\.\/r.txt" is not a reference to an environment/,
  ],
  [
    "no version of Python",
    "{ requirements_file: r.txt, python_version: new }",
    { "r.txt": "a" },
    /python_version is a version/,
  ],
])("refuses %s", async (_, yaml, files, message) => {
  const { environment, issues } = await environmentOf(yaml, files);
  expect(environment).toBeUndefined();
  expect(issues.map(({ at, message }) => `${at} ${message}`).join("\n")).toMatch(message);
  expect(JSON.stringify(issues)).not.toContain("secret@");
});

it.each([
  ["./uv.lock", "uv_project: ."],
  ["mine/pyproject.toml", "uv_project: mine"],
  ["./requirements.txt", "requirements_file: ./requirements.txt"],
  ["./conda", "./conda.yml"],
])("says what to write in place of environment: %s", async (written, hint) => {
  const { issues } = await environmentOf(written);
  expect(issues[0]?.hint).toContain(hint);
});
