import { describe, expect, it } from "vitest";
import { failureOf, parseJUnit, summarise } from "./junit.ts";

const pytest = `<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="4" time="1,234.5">
<properties><property name="a" value="b"/></properties>
<testcase classname="tests.test_model" name="test_a[1&lt;2]" time="0.25"><system-out>noise</system-out></testcase>
<testcase classname="tests.test_model" name="test_b" time="1,000.5"><failure message="assert 1 == 2">def test_b():
  ...</failure></testcase>
<testcase classname="tests.test_data" name="test_c" time="x"><error><![CDATA[setup <failed>]]></error></testcase>
<testcase classname="tests.test_data" name="test_d"><skipped message="no data" type="pytest.skip"/></testcase>
</testsuite></testsuites>`;

describe("JUnit files", () => {
  it("are read as pytest writes them", () => {
    const tests = summarise(parseJUnit(pytest, "x.xml"));
    expect(tests).toMatchObject({ tests: 4, failures: 1, errors: 1, skipped: 1, time: 1000.75 });
    expect(tests.cases.map(({ name, outcome, message }) => [name, outcome, message])).toEqual([
      ["test_a[1<2]", "passed", null],
      ["test_b", "failed", "assert 1 == 2"],
      ["test_c", "error", "setup <failed>"],
      ["test_d", "skipped", "no data"],
    ]);
    expect(failureOf(tests)).toBe("2 of 4 tests failed: test_b, test_c");
  });

  it("are read with nested suites, a case of several failures, and no tests at all", () => {
    const nested =
      '<testsuite><testsuite><testcase name="x"><error message="e"/><failure message="f"/></testcase></testsuite></testsuite>';
    expect(parseJUnit(nested, "x.xml")).toMatchObject([{ name: "x", outcome: "error", message: "e" }]);
    expect(failureOf(summarise(parseJUnit("<testsuites/>", "x.xml")))).toBeNull();
  });

  it("names a few of many failures", () => {
    const cases = Array.from({ length: 9 }, (_, i) => `<testcase name="t${i}"><failure/></testcase>`);
    const tests = summarise(parseJUnit(`<testsuite>${cases.join("")}</testsuite>`, "x.xml"));
    expect(failureOf(tests)).toBe("9 of 9 tests failed: t0, t1, t2, t3, t4 and 4 more");
  });

  const laughs = `<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><testsuite name="&b;"/>`;
  const outside = `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&f;"/></testsuite>`;
  const refused: [string, string, RegExp][] = [
    ["entities that grow", laughs, /declares a document type/],
    ["entities from files", outside, /declares a document type/],
    ["unknown entities", `<testsuite><testcase name="&f;"/></testsuite>`, /cannot be read as JUnit XML/],
    ["other XML", "<html></html>", /begins with <html>/],
    ["no XML", "1 passed", /cannot be read as JUnit XML/],
    ["half of it", "<testsuite><testcase>", /cannot be read as JUnit XML/],
    ["nothing", "", /cannot be read as JUnit XML/],
    ["depth", `<testsuite>${"<a>".repeat(1000)}`, /nested too deeply/],
  ];
  it.each(refused)("are refused: %s", (_, text, message) => {
    expect(() => parseJUnit(text, "x.xml")).toThrow(message);
  });
});
