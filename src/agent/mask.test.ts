// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references of commands
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
