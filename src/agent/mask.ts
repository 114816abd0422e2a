import type { ClaimedTask, StepPayload } from "../contract/agent.ts";

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
 * Takes secrets out of what a step prints and of what is said about it: its own token, passwords in URLs, and the values
 * of its variables that are named like secrets. What is a secret without looking like one cannot be known.
 */
export function maskOf({ token, payload }: Pick<ClaimedTask, "token" | "payload">): (text: string) => string {
  const variables = Object.entries((payload as Partial<StepPayload> | null)?.environmentVariables ?? {});
  const secrets = variables
    .filter(([name]) => secretName.test(name))
    .flatMap(([, value]) => value.split("\n").map((line) => line.trim()))
    .filter((line) => line.length >= shortest);
  // The longest first: one may be a part of another.
  const hidden = [token, ...secrets].sort((a, b) => b.length - a.length);
  return (text) => {
    const shown = hidden.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
    return shown.includes("://") ? shown.replace(urlUser, "$1***@") : shown;
  };
}
