// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { maskOf } from "./mask.ts";

describe("what a step prints", () => {
  const mask = maskOf({
    token: "ty_task_abcdef",
    payload: {
      environmentVariables: {
        DB_PASSWORD: "hunter22",
        AZURE_STORAGE_CONNECTION_STRING: "AccountKey=hunter22;Endpoint=x",
        PRIVATE_KEY: "-----BEGIN-----\nabcdefghij\n-----END-----\n",
        SECRET_LEVEL: "high",
        GREETING: "good morning",
        API_TOKEN: "${{inputs.token}}",
      },
      inputs: { token: { kind: "value", type: "string", value: "tk-987654" } },
    },
    secrets: {
      DOOR: { value: 'open "sesame" & more' },
      KEY: { value: "-----BEGIN-----\nzyxwvutsrq\n-----END-----\n" },
      GONE: { missing: "not there" },
    },
  });

  it.each([
    ["the step's token", "token ty_task_abcdef", "token ***"],
    ["a variable that is named like a secret", "with hunter22.", "with ***."],
    ["one that an input gives", "tk-987654", "***"],
    ["the longer one of two", "AccountKey=hunter22;Endpoint=x", "***"],
    ["a line of a secret", "> abcdefghij", "> ***"],
    ["a secret, whatever its variable is called", 'say open "sesame" & more!', "say ***!"],
    ["a line of one", "> zyxwvutsrq", "> ***"],
    ["a secret in JSON", '{"a":"open \\"sesame\\" & more"}', '{"a":"***"}'],
    ["a secret in a URL", "/?k=open%20%22sesame%22%20%26%20more", "/?k=***"],
    ["a secret in a header", `Basic ${Buffer.from('open "sesame" & more').toString("base64")}`, "Basic ***"],
    ["a password in a URL", "from https://ada:s3cret@pypi.example/simple", "from https://***@pypi.example/simple"],
    ["a token in a URL", "git+https://:ghp_x1@example.org/r.git", "git+https://***@example.org/r.git"],
    ["a token in place of a user", "from https://ghp_x1@example.org/r.git", "from https://***@example.org/r.git"],
    ["a password with an @ in it", "https://ada:s3@cret@example.org/", "https://***@example.org/"],
  ])("does not show %s", (_, printed, shown) => {
    expect(mask(printed)).toBe(shown);
  });

  it.each([
    "good morning",
    "a high level",
    "http://127.0.0.1:8600/@x",
    "mail ada@example.org: https://example.org",
    "wasbs://raw@store.blob.example/x",
  ])("shows %s", (printed) => {
    expect(mask(printed)).toBe(printed);
  });
});

describe("a secret as real programs print it", () => {
  const value = `pä/ss+wörd "it's" (1!) \\ & ~ ??>>${"long".repeat(20)}`;
  const mask = maskOf({ token: "ty_task_abcdef", payload: {}, secrets: { S: { value } } });
  const python = (program: string) => [
    "python3",
    "-c",
    `import os, json, base64; from urllib.parse import *\ns = os.environ["S"]\n${program}`,
  ];

  it.each([
    ["JSON", python("print(json.dumps(s))")],
    ["JSON in JSON", python("print(json.dumps(json.dumps(s)))")],
    ["JSON of all languages", python("print(json.dumps(s, ensure_ascii=False))")],
    ["repr", python("print(repr(s))")],
    ["a path", python("print(quote(s))")],
    ["a form", python("print(quote_plus(s))")],
    ["nothing left as it is", python("print(quote(s, safe=''))")],
    ["basic authentication", python("print(base64.b64encode(('ab:' + s).encode()).decode())")],
    ["basic authentication, one on", python("print(base64.b64encode(('abc:' + s).encode()).decode())")],
    ["base64 for URLs", python("print(base64.urlsafe_b64encode(('a' + s).encode()).decode())")],
    ["base64 in lines", ["bash", "-c", 'echo "$S" | base64']],
    ["base64 in shorter lines", ["bash", "-c", 'printf %s "$S" | base64 -w 64']],
    ["a traced shell", ["bash", "-c", 'set -x; true "$S" 2>&1', "x"]],
    ["itself", ["printenv", "S"]],
  ])("is masked as %s", (_, [program, ...argv]) => {
    const printed = execFileSync(program!, argv, {
      env: { ...process.env, S: value, BASH_XTRACEFD: "1", PYTHONIOENCODING: "utf8", LC_ALL: "C.UTF-8" },
      encoding: "utf8",
    });
    const lines = printed.trimEnd().split("\n");
    const shown = lines.map(mask);
    // The last line of base64 may be one of a few characters, which could be anybody's.
    expect(shown.every((line, index) => line.includes("***") || lines[index]!.length < 10)).toBe(true);
    // What is left is what stands around it, and the few characters of base64 that depend on what stands around it.
    expect(shown.join("").replaceAll("***", "").length).toBeLessThan(20);
  });

  it("is found among thousands of others, and these as whole lines", () => {
    const lines = Array.from({ length: 14_000 }, (_, number) => `line number ${number}`);
    const mask = maskOf({
      ...{ token: "ty_task_abcdef", payload: { environmentVariables: { BIG_PASSWORD: lines.join("\n") } } },
      secrets: {},
    });
    expect(lines.map(mask).every((line) => line === "***")).toBe(true);
    expect(mask("line number 7 and more")).toBe("*** and more");
  });
});
