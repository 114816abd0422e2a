import { expect, it } from "vitest";
import { parseReference } from "./reference.ts";

const repository = "https://example.org/team/code.git";

it.each([
  ["git+https://example.org/team/code", { repository: "https://example.org/team/code" }],
  [`git+${repository}`, { repository }],
  [repository, { repository }],
  [`${repository}#main`, { repository, ref: "main" }],
  [`${repository}#main:train/src`, { repository, ref: "main", folder: "train/src" }],
  [`${repository}#:train`, { repository, folder: "train" }],
  [`git+${repository}#feature/x:./a//b/`, { repository, ref: "feature/x", folder: "a/b" }],
  [`${repository}//train/src`, { repository, folder: "train/src" }],
  [`${repository}//train@v1.2`, { repository, ref: "v1.2", folder: "train" }],
  [`git+${repository}@main#subdirectory=train&egg=x`, { repository, ref: "main", folder: "train" }],
  [`git+${repository}//train?ref=main`, { repository, ref: "main", folder: "train" }],
  ["git+http://localhost:8080/code.git", { repository: "http://localhost:8080/code.git" }],
  [
    "git+https://dev.azure.com/org/project/_git/code#main:a",
    { repository: "https://dev.azure.com/org/project/_git/code", ref: "main", folder: "a" },
  ],
])("%s", (written, expected) => {
  expect(parseReference(written)).toEqual({ kind: "git", ...expected });
});

it.each([
  "git@example.org:team/code.git",
  "ssh://git@example.org/team/code.git",
  "git+ssh://git@example.org/team/code.git",
  "git://example.org/team/code.git",
  "git+file:///srv/code.git",
  "git+ext::sh -c id",
])("%s is not https", (written) => {
  expect(parseReference(written)).toEqual({ kind: "remote", what: "a git URL that is not https" });
});

it.each([
  "https://user:secret@example.org/code.git",
  "git+https://token@example.org/code",
  `${repository}#--upload-pack=x`,
  `${repository}#main:../..`,
  `${repository}//../x`,
  `${repository}#a..b`,
  "git+https://example.org",
])("%s is refused", (written) => {
  expect(parseReference(written)).toMatchObject({ kind: "invalid" });
});

it.each(["https://example.org/data.git.csv", "https://example.org/a.git/info.csv", "https://example.org/x"])(
  "%s is a URL like any other",
  (written) => {
    expect(parseReference(written)).toMatchObject({ kind: "remote", url: written });
  },
);
