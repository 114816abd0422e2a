import type { ClaimedTask, StepPayload } from "../contract/agent.ts";
import { fillText } from "../contract/command.ts";
import { spellingsOf } from "./spellings.ts";

/** Names of variables that hold secrets, as far as a name tells. */
const secretName =
  /PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|(API|ACCESS|ACCOUNT|PRIVATE|STORAGE)_?KEY|CONNECTION_?STRING|(^|_)SAS(_|$)/i;
/** What is shorter is found in words that are no secrets. */
const shortest = 6;
/**
 * `https://user:password@host` or `https://token@host`; tools print the address of a package index with all of it. In
 * front of the host of Azure's storage stands the name of a container.
 */
const urlUser = /(?<![a-z0-9+.-])(?!wasbs?:|abfss?:)([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#]+@/gi;

/** Looking for so many in each line is no burden; the others are found where they are a whole line. */
const mostNeedles = 400;

/** A file with a key has two to three thousand characters. */
const longestSpelt = 4096;

export interface Mask {
  /** The text without what is secret in it. */
  (text: string): string;
  /** Characters of the longest secret: where a text is cut in two, so many of the first part may begin one. */
  longest: number;
}

/**
 * Takes secrets out of what a step prints and of what is said about it: its own token, the secrets that it was given,
 * passwords in URLs, and the values of its variables that are named like secrets. What is a secret without looking like
 * one cannot be known.
 */
export function maskOf(claim: Pick<ClaimedTask, "token" | "payload" | "secrets">): Mask {
  const values = secretValuesOf(claim);
  const lines = new Set(values.flatMap(linesOf));
  const short = values.filter((value) => value.length <= longestSpelt);
  const spellings = new Set(short.flatMap((value) => spellingsOf(value).flatMap(linesOf)));
  const needles = [
    ...new Set([claim.token, ...[...lines].slice(0, mostNeedles), ...[...spellings].slice(0, mostNeedles)]),
  ];
  // The longest first: one may be a part of another.
  needles.sort((a, b) => b.length - a.length);
  const mask = (text: string): string => {
    if (lines.has(text.trim())) return "***";
    const shown = needles.reduce(
      (rest, secret) => (rest.includes(secret) ? rest.replaceAll(secret, "***") : rest),
      text,
    );
    return shown.includes("://") ? shown.replace(urlUser, "$1***@") : shown;
  };
  return Object.assign(mask, { longest: needles[0]?.length ?? 0 });
}

function secretValuesOf({ payload, secrets }: Pick<ClaimedTask, "payload" | "secrets">): string[] {
  const { environmentVariables = {}, inputs = {} } = (payload ?? {}) as Partial<StepPayload>;
  const fill = (scope: string, name: string): string | undefined => {
    const input = scope === "inputs" && Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    return input?.kind === "value" ? input.value : undefined;
  };
  const named = Object.entries(environmentVariables).filter(([name]) => secretName.test(name));
  const given = Object.values(secrets).flatMap((secret) => ("value" in secret ? [secret.value] : []));
  return [...named.map(([, text]) => fillText(text, fill)), ...given];
}

/** A value of many lines is printed line by line. */
const linesOf = (value: string): string[] =>
  value
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.length >= shortest);
