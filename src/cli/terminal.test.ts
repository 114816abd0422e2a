import { expect, it } from "vitest";
import { forTerminal } from "./terminal.ts";

it.each([
  ["colours", "\u001b[1;31mred\u001b[0m and\ttab\nline é", "\u001b[1;31mred\u001b[0m and\ttab\nline é"],
  ["the clipboard", "a\u001b]52;c;ZXZpbA==\u0007b", "ab"],
  ["the title", "a\u001b]0;evil\u001b\\b\u009d0;evil\u009cc", "abc"],
  ["the screen", "a\u001b[2J\u001b[1;1Hb\u009b2Jc\u001bcd", "abccd"],
  ["an answer of the terminal", 'a\u001bP$q"p\u001b\\b\u001b[6nc', "abc"],
  ["what was printed before", "safe\revil\u0008\u007f\u0000", "safeevil"],
  ["what is unfinished", "a\u001b]52;c;ZXZ", "a"],
])("leaves of %s what is text and colour", (_, text, shown) => expect(forTerminal(text)).toBe(shown));
