import type { AuditEvent } from "../../contract/audit.ts";

/** A change as a CloudEvent 1.0. */
export function cloudEventOf(event: AuditEvent) {
  return {
    specversion: "1.0",
    id: String(event.seq),
    source: `/workspaces/${event.workspace}`,
    type: `io.trainyard.${event.type}`,
    subject: event.subject,
    time: new Date(event.at).toISOString(),
    datacontenttype: "application/json",
    data: { actor: event.actor, reason: event.reason, ...(event.data as object) },
  };
}
