import sax from "sax";
import type { TestResult } from "../../contract/build.ts";
import { Problem } from "../../contract/errors.ts";

type Case = TestResult["cases"][number];

const mostCharacters = 50_000_000;
const mostCases = 100_000;
const mostDepth = 100;
const mostMessage = 4000;

/**
 * Test cases of a JUnit file, in any of its dialects: suites may be nested and counts left out, so cases are what is
 * counted. A document type is refused, which leaves no entities to expand.
 */
export function parseJUnit(text: string, file: string): Case[] {
  if (text.length > mostCharacters) throw unreadable(file, `it has more than ${mostCharacters} characters`);
  const parser = sax.parser(true, {});
  const cases: Case[] = [];
  const open: string[] = [];
  let begun = false;
  let current: Case | undefined;
  let body = "";

  parser.onerror = (error) => {
    throw unreadable(file, error.message.split("\n")[0]!);
  };
  parser.ondoctype = () => {
    throw unreadable(file, "it declares a document type");
  };
  parser.onopentag = ({ name, attributes }) => {
    const attribute = (key: string) => String(attributes[key] ?? "");
    if (open.length === 0 && name !== "testsuites" && name !== "testsuite") {
      throw unreadable(file, `it begins with <${name}>, not with <testsuites> or <testsuite>`);
    }
    if (open.length >= mostDepth) throw unreadable(file, "it is nested too deeply");
    open.push(name);
    begun = true;
    body = "";
    if (name === "testcase") {
      if (cases.length >= mostCases) throw unreadable(file, `it has more than ${mostCases} test cases`);
      const time = Number.parseFloat(attribute("time").replaceAll(",", ""));
      current = {
        name: attribute("name"),
        className: attribute("classname"),
        outcome: "passed",
        message: null,
        time: Number.isFinite(time) ? time : 0,
      };
      cases.push(current);
    } else if (current && (name === "failure" || name === "error" || name === "skipped")) {
      current.outcome = worse(current.outcome, name === "failure" ? "failed" : name);
      current.message ??= attribute("message") || null;
    }
  };
  const take = (part: string) => {
    if (body.length < mostMessage) body += part;
  };
  parser.ontext = take;
  parser.oncdata = take;
  parser.onclosetag = (name) => {
    open.pop();
    if (current && (name === "failure" || name === "error"))
      current.message ??= body.trim().slice(0, mostMessage) || null;
    if (name === "testcase") current = undefined;
  };
  parser.write(text).close();
  if (!begun) throw unreadable(file, "it is empty");
  return cases;
}

const severity = ["passed", "skipped", "failed", "error"] as const;
const worse = (a: Case["outcome"], b: Case["outcome"]): Case["outcome"] =>
  severity.indexOf(a) >= severity.indexOf(b) ? a : b;

const unreadable = (file: string, why: string): Problem =>
  new Problem("unprocessable", `The test results ${file} cannot be read as JUnit XML: ${why}.`);

export function summarise(cases: Case[]): TestResult {
  const count = (outcome: Case["outcome"]) => cases.filter((one) => one.outcome === outcome).length;
  return {
    tests: cases.length,
    failures: count("failed"),
    errors: count("error"),
    skipped: count("skipped"),
    time: cases.reduce((sum, one) => sum + one.time, 0),
    cases,
  };
}

const named = 5;

/** `3 of 20 tests failed: test_a, test_b, test_c`; null when none did. */
export function failureOf(tests: TestResult | null): string | null {
  const failed = tests?.cases.filter(({ outcome }) => outcome === "failed" || outcome === "error") ?? [];
  if (!tests || failed.length === 0) return null;
  const names = failed.slice(0, named).map((one) => one.name);
  const rest = failed.length > named ? ` and ${failed.length - named} more` : "";
  return `${failed.length} of ${tests.tests} tests failed: ${names.join(", ")}${rest}`;
}
