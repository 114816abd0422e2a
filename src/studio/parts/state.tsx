import {
  IconAlertTriangle,
  IconBan,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClock,
  IconHandStop,
  IconLoader2,
  IconPlayerSkipForward,
  IconQuestionMark,
  IconRecycle,
} from "@tabler/icons-react";

export type Tone = "good" | "bad" | "wait" | "run" | "idle";
type Sign = { tone: Tone; icon: typeof IconClock; label?: string; spins?: boolean };

const good: Sign = { tone: "good", icon: IconCircleCheck };
const bad: Sign = { tone: "bad", icon: IconCircleX };
const runs: Sign = { tone: "run", icon: IconLoader2, spins: true };
const idle: Sign = { tone: "idle", icon: IconCircleDashed };

/** Every state of every noun: one colour and one shape each, so that neither is needed to tell them apart. */
const signs: Record<string, Sign> = {
  succeeded: good,
  ready: good,
  pass: good,
  active: good,
  accepted: good,
  delivered: good,
  passed: good,
  OK: good,
  FINISHED: { ...good, label: "finished" },
  approve: { ...good, label: "approved" },
  reused: { tone: "good", icon: IconRecycle },
  hit: { tone: "good", icon: IconRecycle },
  recovered: { tone: "good", icon: IconRecycle },
  running: runs,
  checking: runs,
  deploying: runs,
  starting: runs,
  RUNNING: { ...runs, label: "running" },
  IN_PROGRESS: { ...runs, label: "in progress" },
  waiting: { tone: "wait", icon: IconHandStop },
  inconclusive: { tone: "wait", icon: IconQuestionMark },
  quarantined: { tone: "wait", icon: IconAlertTriangle },
  drift: { tone: "wait", icon: IconAlertTriangle },
  failed: bad,
  refused: bad,
  error: bad,
  parked: bad,
  fail: bad,
  FAILED: { ...bad, label: "failed" },
  rejected: { tone: "bad", icon: IconHandStop },
  reject: { tone: "bad", icon: IconHandStop, label: "rejected" },
  cancelled: { tone: "idle", icon: IconBan },
  ERROR: { ...bad, label: "error" },
  KILLED: { tone: "idle", icon: IconBan, label: "killed" },
  stopped: { tone: "idle", icon: IconBan },
  disabled: { tone: "idle", icon: IconBan },
  skipped: { tone: "idle", icon: IconPlayerSkipForward },
  queued: { tone: "idle", icon: IconClock },
  SCHEDULED: { tone: "idle", icon: IconClock, label: "scheduled" },
  pending: idle,
  UNSET: { ...idle, label: "not said" },
  UNSPECIFIED: { ...idle, label: "not said" },
  started: good,
  miss: { ...idle, label: "not reused" },
  evicted: { ...idle, label: "evicted" },
  forced: { ...idle, label: "forced" },
  lookup_failed: { tone: "wait", icon: IconAlertTriangle, label: "lookup failed" },
  put_failed: { tone: "wait", icon: IconAlertTriangle, label: "not kept" },
};

export const signOf = (state: string): Sign => signs[state] ?? idle;

export const isMoving = (state: string): boolean =>
  signOf(state).tone === "run" || state === "queued" || state === "pending" || state === "waiting";

/** A state as icon and word. */
export function State({ value, label, iconOnly }: { value: string; label?: string; iconOnly?: boolean }) {
  const sign = signOf(value);
  const words = label ?? sign.label ?? value;
  return (
    <span className="ty-state" data-tone={sign.tone} title={iconOnly ? words : undefined}>
      <sign.icon size={15} stroke={2} aria-hidden className={sign.spins ? "ty-spin" : undefined} />
      {iconOnly ? <span className="ty-hidden">{words}</span> : words}
    </span>
  );
}

/** A short fact with a border, such as an alias. */
export function Tag({ children, tone, title }: { children: React.ReactNode; tone?: Tone | "accent"; title?: string }) {
  return (
    <span className="ty-tag" data-tone={tone} title={title}>
      {children}
    </span>
  );
}
