import type { Trigger } from "../../../contract/trigger.ts";

/** When a schedule is due, in words. */
export function TriggerText({ trigger }: { trigger: Trigger }) {
  switch (trigger.type) {
    case "cron":
      return (
        <>
          <code>{trigger.expression}</code> <span className="ty-dim">{trigger.timeZone}</span>
        </>
      );
    case "recurrence":
      return (
        <>
          every {trigger.interval === 1 ? "" : `${trigger.interval} `}
          {trigger.frequency}
          {trigger.interval === 1 ? "" : "s"} <span className="ty-dim">{trigger.timeZone}</span>
        </>
      );
    case "data":
      return (
        <>
          new version of <code>{trigger.name}</code>
        </>
      );
    case "webhook":
      return <>call of its address</>;
  }
}
