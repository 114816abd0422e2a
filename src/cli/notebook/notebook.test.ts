import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { translate } from "../../compat/azureml/testing.ts";
import { hashFolder } from "../../platform/transfer/upload.ts";
import { exportNotebook } from "./export.ts";
import { readNotebook } from "./read.ts";
import { scriptOf } from "./script.ts";
import { statementsOf } from "./statements.ts";

const hasPython = spawnSync("python3", ["--version"]).status === 0;

interface CellOf {
  kind?: "code" | "markdown";
  tags?: string[];
  ran?: number;
}
const cell = (source: string, { kind = "code", tags = [], ran }: CellOf = {}) => ({
  id: `c${source.length}`,
  cell_type: kind,
  metadata: { tags, ...(ran ? { execution: { "iopub.execute_input": `2026-01-0${ran}` } } : {}) },
  source: source.split(/(?<=\n)/),
  ...(kind === "code"
    ? {
        execution_count: ran ?? null,
        outputs: ran ? [{ output_type: "stream", name: "stdout", text: [`${ran}\n`] }] : [],
      }
    : {}),
});
const notebook = (cells: object[], metadata: object = { language_info: { name: "python", version: "3.11.1" } }) =>
  JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1);

const script = (...cells: object[]) =>
  scriptOf(readNotebook(notebook(cells), "n.ipynb"), { notebook: "n.ipynb", kindOfPath: () => undefined });

describe("a notebook", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "trainyard-notebook-"));
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data/rows.csv"), "x\n1\n2\n3.5\n");
    writeFileSync(
      join(folder, "helpers.py"),
      "import statistics\n\ndef middle(values):\n    return statistics.median(values)\n",
    );
    writeFileSync(join(folder, "requirements.txt"), "scikit_learn==1.7.2  # as in production\nunused==1\n");
    const cells = [
      cell("# Explore\nSome *words*.", { kind: "markdown" }),
      cell(
        "%matplotlib inline\n%pip install -q pandas==2.3.3\nimport csv, json\nfrom pathlib import Path\nfrom helpers import middle",
      ),
      cell(
        [
          "data = 'data/rows.csv'",
          "factor: float = 2  # 50 % more or less",
          "title = 'two words'",
          "shout = False",
          "label = None",
          "limits = [0, 10]",
          "output = 'out'",
        ].join("\n"),
        { tags: ["parameters"] },
      ),
      cell("factor = 99", { tags: ["injected-parameters"] }),
      cell(
        'text = """\n%not a magic\n!nor this\n"""\nvalues = [float(row["x"]) for row in csv.DictReader(open(data))]',
      ),
      cell("word = 'shell'\nlisted = !echo {word} $((1 + 1))\n!mkdir -p {output}\nfor one in listed:\n    %timeit one"),
      cell(
        "%%time\nresult = {'middle': middle(values) * factor, 'title': title.upper() if shout else title,\n  'label': label, 'listed': listed, 'limits': limits, 'lines': text.count('\\n')}",
      ),
      cell("%%bash\necho from bash > made.txt"),
      cell("Path(output, 'result.json').write_text(json.dumps(result))\ndisplay(result)"),
      cell("if False:\n    import sklearn.linear_model as lm"),
    ];
    writeFileSync(join(folder, "my notebook.ipynb"), notebook(cells));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("becomes a component that Azure ML's language knows", async () => {
    const exported = await exportNotebook(join(folder, "my notebook.ipynb"), { force: false });
    const at = join(folder, "my_notebook");
    expect(exported).toMatchObject({
      folder: at,
      files: ["component.yml", "conda.yml", "pipeline.yml", "src/helpers.py", "src/my_notebook.py"],
      arguments: ["data", "factor", "title", "shout", "label", "output"],
      packages: ["pandas==2.3.3", "scikit_learn==1.7.2"],
    });
    expect(exported.notes).toEqual([
      "cell 2: packages come from conda.yml",
      "cell 3: `limits` is no number, text or truth value: it stays as it is and is no argument",
      "cell 4: the parameters that papermill put in for one run were left out",
      "cell 6: unlike in a notebook, the script ends when the command fails",
      "cell 6: unlike in a notebook, the script ends when the command fails",
    ]);
    expect(parse(readFileSync(join(at, "component.yml"), "utf8"))).toMatchObject({
      name: "my_notebook",
      inputs: {
        data: { type: "uri_file" },
        factor: { type: "number", default: 2, description: "50 % more or less" },
        title: { type: "string", default: "two words" },
        shout: { type: "boolean", default: false },
        label: { type: "string", optional: true },
      },
      outputs: { output: { type: "uri_folder" } },
    });
    const files = Object.fromEntries(
      exported.files.map((path) => [`my_notebook/${path}`, readFileSync(join(at, path), "utf8")] as const),
    );
    const { definition, issues } = await translate(
      { ...files, "data/rows.csv": "x\n1\n" },
      {},
      "my_notebook/pipeline.yml",
    );
    expect(issues).toEqual([]);
    expect(definition!.inputs.data).toMatchObject({ type: "uri_file", binding: { from: "tree" } });
    expect(definition!.steps.my_notebook).toMatchObject({ inputs: { label: { optional: true, binding: null } } });
    await expect(exportNotebook(join(folder, "my notebook.ipynb"), { force: false })).rejects.toThrow(
      "has src/my_notebook.py, component.yml, conda.yml, pipeline.yml already; nothing was written",
    );
  });

  it.skipIf(!hasPython)("becomes a script that runs, with its arguments", async () => {
    const at = join(folder, "runs");
    await exportNotebook(join(folder, "my notebook.ipynb"), { output: at, force: true });
    const run = (...argv: string[]) =>
      execFileSync("python3", ["src/my_notebook.py", ...argv], { cwd: at, encoding: "utf8" });
    const given = ["--data", join(folder, "data/rows.csv")];
    run(...given);
    const read = (path: string) => JSON.parse(readFileSync(join(at, path, "result.json"), "utf8")) as unknown;
    const common = { listed: ["shell 2"], limits: [0, 10], lines: 3 };
    expect(read("out")).toEqual({ middle: 4, title: "two words", label: null, ...common });
    const said = run(...given, "--factor", "0.5", "--shout", "true", "--label", "l", "--output", "deep/er");
    expect(said).toContain("TWO WORDS");
    expect(read("deep/er")).toEqual({ middle: 1, title: "TWO WORDS", label: "l", ...common });
    expect(readFileSync(join(at, "made.txt"), "utf8")).toBe("from bash\n");
    expect(run("--help")).toMatch(/--factor FACTOR\s+50 % more or less/);
  });

  it("keeps strings and brackets of several lines together", () => {
    const texts = ["x = '''\n!a\n'''", "f(1,\n  %b\n)", "!c \\\n  d", "e = 1 \\\n  % 2", "g?", "h = !i", 'j == "#!"'];
    expect(statementsOf(texts.join("\n"))).toEqual(
      texts.map((text, at) => ({ kind: [2, 4, 5].includes(at) ? "magic" : "python", text })),
    );
  });

  it("is refused with the cell when the script would be another program", () => {
    const wrong: [string, RegExp][] = [
      ["%run other.py", /`%run other\.py` runs another file/],
      ["%%R\nx <- 1", /a `%%R` cell is not Python/],
      ["x = %who_ls", /takes the result of a magic/],
      ["x = await f()", /`await` outside of a function/],
      ["get_ipython().system('ls')", /`get_ipython\(\)` is there in a notebook only/],
    ];
    for (const [source, message] of wrong) {
      const refused = {
        message: "n.ipynb cannot be exported.",
        issues: [expect.objectContaining({ at: "cell 2", message: expect.stringMatching(message) })],
      };
      expect(() => script(cell("a = 1"), cell(source)), source).toThrow(expect.objectContaining(refused));
    }
    const two = cell("a = 1", { tags: ["parameters"] });
    expect(() => script(two, cell(""), two)).toThrow("cells 1 and 3 are both tagged `parameters`");
    const other = notebook([], { kernelspec: { language: "R", name: "ir" } });
    expect(() => readNotebook(other, "n.ipynb")).toThrow("is a notebook in r; only Python notebooks");
    expect(() => readNotebook('{"nbformat": 3, "worksheets": []}', "n.ipynb")).toThrow(
      "has format 3; format 4 is read",
    );
    expect(() => readNotebook("no", "n.ipynb")).toThrow("n.ipynb is not a notebook");
  });

  it("does not change the digest of code by having been run", async () => {
    const code = join(folder, "code");
    const digests = async (ran: number | undefined, what: { stripNotebooks: boolean }) => {
      mkdirSync(code, { recursive: true });
      writeFileSync(join(code, "a.ipynb"), notebook([cell("print(1)", { ran })]));
      return (await hashFolder(code, { ...what })).map(({ digest }) => digest);
    };
    const fresh = await digests(undefined, { stripNotebooks: true });
    expect(await digests(1, { stripNotebooks: true })).toEqual(fresh);
    expect(await digests(2, { stripNotebooks: true })).toEqual(fresh);
    expect(await digests(2, { stripNotebooks: false })).not.toEqual(await digests(1, { stripNotebooks: false }));
    writeFileSync(join(code, "a.ipynb"), "not json");
    const [file] = await hashFolder(code, { stripNotebooks: true });
    expect([file?.size, file?.content]).toEqual([8, undefined]);
    expect(readdirSync(code)).toEqual(["a.ipynb"]);
  });
});
