import { invalid } from "../../contract/errors.ts";
import { mlflowEvents, type WebhookFormat, webhookNouns } from "../../contract/webhook.ts";

const pattern = /^([a-z]+)((\.[a-z-]+)*\.\*|(\.[a-z-]+)+)$/;

/** Fails for an event that a webhook of this format is never told about. */
export function checkEvents(format: WebhookFormat, events: string[]): string[] {
  for (const event of events) {
    if (format === "mlflow" ? isMlflowEvent(event) : isOwnEvent(event)) continue;
    throw invalid(`A webhook in the format ${format} is not told about "${event}".`, {
      hint:
        format === "mlflow"
          ? `There are: ${mlflowEvents.join(", ")}.`
          : `An event is a type of change such as model.version.created, or release.* for all of a noun. Nouns: ${webhookNouns.join(", ")}.`,
    });
  }
  return [...new Set(events)];
}

const isMlflowEvent = (event: string): boolean => mlflowEvents.some((known) => known === event);

function isOwnEvent(event: string): boolean {
  const noun = pattern.exec(event)?.[1];
  return webhookNouns.some((known) => known === noun);
}

/** Whether a type of change is one of those asked for. */
export const isWanted = (type: string, events: string[]): boolean =>
  events.some((event) => (event.endsWith(".*") ? type.startsWith(event.slice(0, -1)) : event === type));
