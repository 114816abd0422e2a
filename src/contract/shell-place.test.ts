import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { isPlain, placeAtEnd, type ShellPlace, variableAt } from "./shell-place.ts";

const nasty = [
  "$(touch x)",
  "`touch x`",
  "a'b\"c",
  "; touch x",
  "two  words *",
  "line\nEOF\nbreak",
  "日本 ü",
  "\\",
  "#no",
  "",
];

/** As a step is run, without what people put into their own shells. */
const bash = (text: string, VALUE: string) =>
  spawnSync("bash", ["--norc", "-c", text], {
    ...{ encoding: "utf8" as const, stdio: ["ignore", "pipe", "pipe"] as const },
    env: { VALUE, PATH: process.env.PATH },
  });

/** Commands with a hole, and what is around it. */
const commands: [before: string, place: ShellPlace, after: string][] = [
  ["printf '<%s>' ", "bare", ""],
  ["printf '<%s>' --a=", "bare", ""],
  ['printf "<%s>" "it\'s ', "double", '"'],
  ["printf '<%s>' 'say \"", "single", "\"'"],
  ["printf '<%s>' $'tab\\t it\\'s ", "ansi", "'"],
  ["printf '<%s>' $(printf '%s' ", "bare", ")"],
  ['printf "<%s>" "$(printf \'%s\' ', "bare", ')"'],
  ['printf "<%s>" "`printf \'%s\' ', "bare", '`"'],
  ["cat <<EOF\nsaid: ", "document", "\nEOF\n"],
  ["cat <<'A' <<-\"B\"\nx\nA\n\tB\nprintf '<%s>' ", "bare", ""],
  ["# it's a comment\nprintf '<%s>' ", "bare", ""],
  ["printf '<%s>' a#b; (printf '<%s>' c) # end of it's ", "comment", "\n"],
  ["cat <<< 'x'; if [ 1 -lt 2 ]; then printf '<%s>' ", "bare", "; fi"],
];

it.each(commands)("knows where it is after %j", (before, place) => {
  expect(placeAtEnd(before)).toBe(place);
});

it.each(commands)("keeps any value one word after %j", (before, place, after) => {
  const text = before + variableAt(place, "VALUE") + after;
  for (const value of nasty) {
    const run = bash(text, value);
    expect(run.stderr).toBe("");
    const whole = before.includes("$(printf '%s' ") && !before.includes('"$(') ? value.split(/\s+/)[0]! : value;
    if (place !== "comment" && !value.includes("*")) expect(run.stdout).toContain(whole);
  }
});

it.each(["[[ ", 'if [[ "', "x=$(( ", "(( x > ", 'echo "$(( 1 + '])(
  "gives nothing to compute with, as after %j",
  (before) => {
    expect(variableAt(placeAtEnd(before), "VALUE")).toBeUndefined();
  },
);

it.each(["[[ a == b ]] && echo ", "(( 1 > 0 )) && echo ", "echo $((1 + 2)) ", "((x = (1 + 2) * 3)); echo "])(
  "has computed before the end of %j",
  (before) => {
    expect(placeAtEnd(before)).toBe("bare");
  },
);

it("is harmless where the place was taken for another one", () => {
  const places: ShellPlace[] = ["bare", "single", "double", "ansi", "document"];
  for (const [before, , after] of commands) {
    for (const place of places) {
      const text = before + variableAt(place, "VALUE") + after;
      const run = bash(text, "$(echo in; echo jected >&2)`echo in >&2`'\"; echo injected >&2; #");
      expect(run.stderr).not.toContain("jected");
    }
  }
});

it("has no variable where nothing is expanded", () => {
  expect(placeAtEnd("cat <<'EOF'\nsaid: ")).toBe("literal document");
  expect(variableAt("literal document", "VALUE")).toBeUndefined();
});

it("calls plain what no shell would look at", () => {
  expect(["0.1", "/in/data.csv", "a=b,c", "True", "2026-01-01T00:00:00Z", "x@latest"].every(isPlain)).toBe(true);
  expect(nasty.some(isPlain)).toBe(false);
  expect(["~", "a b", "*", "?", "[a]", "{a,b}", "!x", "$x", "a\n"].some(isPlain)).toBe(false);
});
