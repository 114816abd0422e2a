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
          {recurrenceText(trigger)} <span className="ty-dim">{trigger.timeZone}</span>
        </>
      );
    case "data":
      return (
        <>
          new version of <code>{trigger.name}</code>
        </>
      );
    case "webhook":
      return <>{trigger.signed ? "signed call" : "call"} of its address</>;
  }
}

/** `every 2 weeks on monday, friday at 02:30, 14:30` */
function recurrenceText(trigger: Extract<Trigger, { type: "recurrence" }>): string {
  const { interval, frequency, weekDays, monthDays, hours, minutes } = trigger;
  const every = interval === 1 ? `every ${frequency}` : `every ${interval} ${frequency}s`;
  const days = [...weekDays, ...monthDays.map((day) => `${day}.`)];
  const two = (number: number) => String(number).padStart(2, "0");
  const times = hours.flatMap((hour) =>
    (minutes.length > 0 ? minutes : [0]).map((minute) => `${two(hour)}:${two(minute)}`),
  );
  const on = days.length > 0 ? ` on ${days.join(", ")}` : "";
  return `${every}${on}${times.length > 0 ? ` at ${times.join(", ")}` : ""}`;
}
