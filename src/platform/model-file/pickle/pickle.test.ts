import { deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reportOf, rulesOf } from "../check.fixture.ts";

/** A text with its length, as protocol 4 has it. */
const short = (text: string) => `\x8c${String.fromCharCode(text.length)}${text}`;
const proto = "\x80\x04";
/** Calls a function with a text, by the newest way. */
const call = (module: string, name: string, argument = "id") =>
  `${short(module)}${short(name)}\x93${short(argument)}\x85R`;
const malicious = `${proto}${call("os", "system")}.`;

const pickle = (content: string) => rulesOf({ "model.pkl": content });

describe("pickles that do something", () => {
  const cases: [what: string, content: string, rules: string[]][] = [
    ["a command of protocol 0", "cos\nsystem\n(S'id'\ntR.", ["pickle-dangerous"]],
    ["a command of protocol 4", malicious, ["pickle-dangerous"]],
    ["a command by posix", `${proto}${call("posix", "system")}.`, ["pickle-dangerous"]],
    ["evaluated text", "c__builtin__\neval\n(S'1'\ntR.", ["pickle-dangerous"]],
    ["exec of today", `${proto}${call("builtins", "exec")}.`, ["pickle-dangerous"]],
    ["getattr", `${proto}${call("builtins", "getattr")}.`, ["pickle-dangerous"]],
    ["pip as a function", `${proto}${call("pip", "main")}.`, ["pickle-dangerous"]],
    [
      "a submodule of asyncio",
      `${proto}${call("asyncio.unix_events", "_UnixSubprocessTransport._start")}.`,
      ["pickle-dangerous"],
    ],
    ["a log file", `${proto}${call("logging", "FileHandler", "/tmp/x")}.`, ["pickle-dangerous"]],
    ["running text by numpy", `${proto}${call("numpy.testing._private.utils", "runstring")}.`, ["pickle-dangerous"]],
    [
      "running text by numpy's compiler",
      `${proto}${call("numpy.f2py.crackfortran", "getlincoef")}.`,
      ["pickle-dangerous"],
    ],
    [
      "a command by torch",
      `${proto}${call("torch.utils.bottleneck.__main__", "run_autograd_prof")}.`,
      ["pickle-dangerous"],
    ],
    ["INST", "(S'id'\nios\nsystem\n.", ["pickle-dangerous"]],
    ["OBJ", "(cos\nsystem\nS'id'\no.", ["pickle-dangerous"]],
    ["NEWOBJ_EX", `${proto}${short("os")}${short("system")}\x93)}\x92.`, ["pickle-dangerous"]],
    ["a class that is built", `${proto}${short("subprocess")}${short("Popen")}\x93)\x81}b.`, ["pickle-dangerous"]],
    ["a name through a dot", `${proto}${call("sklearn.linear_model", "os.system")}.`, ["pickle-import"]],
    ["a function of a library", `${proto}${call("sklearn.linear_model", "load_and_run")}.`, ["pickle-import"]],
    ["a class of nobody", `${proto}${short("evil")}${short("Model")}\x93)\x81.`, ["pickle-import"]],
    ["ufuncs by name", `${proto}${call("numpy._core", "_ufunc_reconstruct")}.`, ["pickle-import"]],
    [
      "compiled text of scipy",
      `${proto}${short("scipy.stats._continuous_distns")}${short("norm_gen")}\x93)\x81.`,
      ["pickle-import"],
    ],
    [
      "a name that is remembered",
      `${proto}${short("os")}\x940${short("system")}\x940h\x00h\x01\x93${short("id")}\x85R.`,
      ["pickle-dangerous"],
    ],
    [
      "a name remembered by number",
      `${proto}${short("os")}q\x05${short("system")}r\x07\x00\x00\x0000h\x05j\x07\x00\x00\x00\x93.`,
      ["pickle-dangerous"],
    ],
    ["a name that is computed", `${proto}${short("os")}${call("builtins", "str")}\x93.`, ["pickle-hidden"]],
    ["an extension code", `${proto}\x82\x01.`, ["pickle-hidden"]],
    ["a persistent id", `${proto}${short("x")}Q.`, ["pickle-hidden"]],
    ["a buffer from outside", "\x80\x05\x97.", ["pickle-hidden"]],
    ["a second pickle", `${proto}N.${malicious}`, ["pickle-trailing"]],
    [
      "a pickle in a byte string",
      `${proto}C${String.fromCharCode(malicious.length)}${malicious}.`,
      ["pickle-dangerous"],
    ],
    ["a command before a fault", `${proto}${call("os", "system")}\xff`, ["pickle-dangerous", "pickle-broken"]],
    ["a command before the end", malicious.slice(0, -1), ["pickle-dangerous", "pickle-broken"]],
    ["an unknown protocol", "\x80\x09N.", ["pickle-broken"]],
    ["a length beyond the file", `${proto}\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.`, ["pickle-broken"]],
    ["what is not on the stack", `${proto}R.`, ["pickle-broken"]],
  ];
  it.each(cases)("holds %s", (_, content, rules) => {
    expect(pickle(content)).toEqual(rules);
  });

  it.each([
    ["compressed by joblib", { "m.joblib": deflateSync(Buffer.from(malicious, "latin1")) }],
    ["compressed by gzip", { "m.pkl": gzipSync(Buffer.from(malicious, "latin1")) }],
    ["without an extension", { model: malicious }],
    ["with an extension of nobody", { "model.foo": malicious }],
    [
      "of torch before 1.6",
      { "m.pth": `${proto}\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.${malicious}`.padEnd(200, "N.") },
    ],
  ])("holds one %s", (_, files) => {
    expect(rulesOf(files)).toContain("pickle-dangerous");
  });

  it("looks behind the name that an MLmodel file gives to a pickle", () => {
    const mlmodel = "flavors:\n  sklearn:\n    pickled_model: notes.bin\n";
    expect(rulesOf({ MLmodel: mlmodel, "notes.bin": `N0${malicious.slice(2, -1)}` })).toContain("pickle-dangerous");
  });

  it.each(["notes.txt", "config.json", "data.csv"])("refuses one that is called %s", (name) => {
    expect(rulesOf({ [name]: malicious })).toContain("wrong-format");
    expect(rulesOf({ [name]: "cos\nsystem\n(S'id'\ntR." })).toContain("wrong-format");
  });

  it("names what it found, in characters that a terminal prints", () => {
    const [finding] = reportOf({ "m.pkl": `${proto}${call("os\x1b[31m", "sys\rtem")}.` }).findings;
    expect(finding!.message).toBe("It imports os\\u001b[31m.sys\\u000dtem.");
  });

  it("ends upon any bytes, soon", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(Array.isArray(rulesOf({ "m.pkl": bytes, "m.joblib": bytes }))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("accepts no import that is not on the list, whatever surrounds it", () => {
    const harmless = fc.constantFrom("N0", "(0", "]0", "}q\x010", `${short("a")}\x940`, "K\x010", "(K\x01K\x02t0");
    fc.assert(
      fc.property(fc.array(harmless, { maxLength: 20 }), fc.array(harmless, { maxLength: 20 }), (before, after) => {
        const content = `${proto}${before.join("")}${call("os", "system")}${after.join("")}.`;
        expect(pickle(content)).toContain("pickle-dangerous");
      }),
      { numRuns: 500 },
    );
  });
});
