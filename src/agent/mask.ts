import type { ClaimedTask, StepPayload } from "../contract/agent.ts";
import { fillText } from "../contract/command.ts";

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

/**
 * Takes secrets out of what a step prints and of what is said about it: its own token, the secrets that it was given,
 * passwords in URLs, and the values of its variables that are named like secrets. What is a secret without looking like
 * one cannot be known.
 */
export function maskOf({
  token,
  payload,
  secrets,
}: Pick<ClaimedTask, "token" | "payload" | "secrets">): (text: string) => string {
  const { environmentVariables = {}, inputs = {} } = (payload ?? {}) as Partial<StepPayload>;
  const fill = (scope: string, name: string): string | undefined => {
    const input = scope === "inputs" && Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    return input?.kind === "value" ? input.value : undefined;
  };
  const variables = Object.entries(environmentVariables).map(([name, text]) => [name, fillText(text, fill)] as const);
  const named = variables.filter(([name]) => secretName.test(name)).map(([, value]) => value);
  const given = Object.values(secrets).flatMap((secret) => ("value" in secret ? spellingsOf(secret.value) : []));
  const lines = [...named, ...given].flatMap((value) => value.split("\n").map((line) => line.trim()));
  // The longest first: one may be a part of another.
  const hidden = [token, ...lines.filter((line) => line.length >= shortest)].sort((a, b) => b.length - a.length);
  return (text) => {
    const shown = hidden.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
    return shown.includes("://") ? shown.replace(urlUser, "$1***@") : shown;
  };
}

/** As it is, and as programs print it in JSON, in URLs and in headers. */
const spellingsOf = (value: string): string[] => [
  value,
  JSON.stringify(value).slice(1, -1),
  encodeURIComponent(value),
  Buffer.from(value).toString("base64"),
];
