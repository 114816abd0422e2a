import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { checkConstraints, readCondaFile } from "./conda.ts";

const read = (...dependencies: unknown[]) => readCondaFile(stringify({ name: "x", dependencies }));

describe("readCondaFile", () => {
  it.each([
    ["numpy", "numpy"],
    ["numpy=1.26", "numpy==1.26.*"],
    ["numpy=1.26.*", "numpy==1.26.*"],
    ["numpy=2.*", "numpy==2.*"],
    ["numpy==1.26.4", "numpy==1.26.4"],
    ["numpy==1.26.*", "numpy==1.26.*"],
    ["numpy=1.26=py311h_0", "numpy==1.26.*"],
    ["numpy 1.26", "numpy==1.26.*"],
    ["numpy >=1.26", "numpy>=1.26"],
    ["numpy>=1.26,<2", "numpy>=1.26,<2"],
    ["numpy >=1.26, <2", "numpy>=1.26, <2"],
    ["numpy!=1.26.1", "numpy!=1.26.1"],
    ["numpy~=1.26", "numpy~=1.26"],
    ["conda-forge::scikit-learn=1.5", "scikit-learn==1.5.*"],
    ["pytorch=2.6", "torch==2.6.*"],
    ["pytables", "tables"],
  ])("reads %s as %s", (dependency, line) => {
    expect(read(dependency).lines).toEqual([line]);
  });

  it.each([
    ["python", null],
    ["python=3.11", "3.11"],
    ["python=3.11.*", "3.11"],
    ["python==3.11.4", "3.11"],
    ["python 3.10", "3.10"],
    ["python=3", null],
    ["python>=3.10", null],
    ["python <3.12", null],
  ])("takes %s to ask for Python %s", (dependency, python) => {
    expect(read(dependency)).toEqual({ python, lines: [], constraints: [] });
  });

  it("takes the pip section as it is, and no installer from conda", () => {
    const pip = ["mlflow==3.4", "onnx>=1.16", "a[extra]", "--index-url https://pypi.example", "--pre"];
    expect(read("python=3.11", "pip=24", "setuptools", "cudatoolkit=11.3", "r-base", { pip })).toEqual({
      python: "3.11",
      ...{ lines: pip, constraints: [] },
    });
  });

  it("takes files that came with it, and none beside them", () => {
    const takes = (...pip: string[]) => readCondaFile(stringify({ dependencies: [{ pip }] }), true);
    const pip = ["./x-1.0-py3-none-any.whl", "-c ./constraints.txt", "--find-links ./wheels"];
    expect(takes(...pip)).toEqual({ python: null, lines: pip, constraints: ["./constraints.txt"] });
    expect(() => takes("../x.whl")).toThrow(/did not come with it/);
    expect(() => takes("-c /etc/passwd")).toThrow(/did not come with it/);
    for (const hidden of [
      `-c "/tmp/x.txt"`,
      `-c '/tmp/x.txt'`,
      "-c /tmp\\/x.txt",
      "-c $HOME/x.txt",
      '-f "file:///tmp"',
    ])
      expect(() => takes(hidden), hidden).toThrow(/has a quote, a backslash or a \$/);
    expect(() => checkConstraints("c.txt", "numpy<2\n-r /etc/passwd")).toThrow("line 2 of c.txt names no version");
    expect(() => checkConstraints("c.txt", "numpy<2 # not yet")).not.toThrow();
  });

  it.each<[string, string, RegExp]>([
    ["no YAML", "a: [", /it is not YAML/],
    ["an empty file", "", /no list "dependencies"/],
    ["no dependencies", "name: x", /no list "dependencies"/],
    ["dependencies that are no list", "dependencies: numpy", /no list "dependencies"/],
    ["a dependency that is a number", "dependencies: [1]", /neither text nor a list "pip"/],
    ["a choice", "dependencies: ['numpy=1.26|1.27']", /not clear what "numpy=1.26|1.27" asks for/],
    ["a command", "dependencies: ['numpy; rm -rf /']", /not clear/],
    ["a file of requirements", "dependencies: [{pip: ['-r other.txt']}]", /the option "-r other.txt" is not supported/],
    ["one hidden by a space", "dependencies: [{pip: [' -r /etc/passwd']}]", /not supported/],
    ["one hidden in a second line", 'dependencies: [{pip: ["numpy\\n-r /etc/passwd"]}]', /not one line/],
    [
      "a wheel that did not come with it",
      "dependencies: [{pip: [./x.whl]}]",
      /"\.\/x.whl" names a file that did not come/,
    ],
    ["a wheel of the machine", "dependencies: [{pip: [/srv/x.whl]}]", /did not come/],
    ["a URL of the machine", "dependencies: [{pip: ['x @ file:///srv/x.whl']}]", /names a place on this machine/],
    ["one behind a sign", "dependencies: [{pip: ['x @FILE:///srv/x.whl']}]", /names a place on this machine/],
    ["one of git", "dependencies: [{pip: ['x @ git+file:///srv/x']}]", /names a place on this machine/],
    ["one without a scheme", "dependencies: [{pip: ['x[y]@ /srv/x']}]", /names a place on this machine/],
    ["an index of the machine in quotes", `dependencies: [{pip: ['-i "file:///srv"']}]`, /has a quote/],
    ["a folder of the machine", "dependencies: [{pip: [/srv/x]}]", /names a place on this machine/],
    ["an editable folder", "dependencies: [{pip: ['-e .']}]", /not supported/],
    ["a pip requirement that is no text", "dependencies: [{pip: [null]}]", /not one line/],
  ])("refuses %s", (_, text, message) => {
    expect(() => readCondaFile(text)).toThrow(message);
    expect(() => readCondaFile(text)).toThrow(expect.objectContaining({ retryable: false }));
  });
});
