import { Anchor, Switch } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useWorkspace } from "../../api.ts";
import { plural } from "../../parts/number.ts";
import { ProblemBox } from "../../parts/problem.tsx";
import { readWholeLog, useLogs } from "./use-logs.ts";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colour codes begin with one
const ansi = /\u001b\[[0-9;?]*[A-Za-z]/g;

/** The end of the log of a step, growing while it runs. */
export function Logs({ job, step, state }: { job: string; step: string; state: string }) {
  const workspace = useWorkspace();
  const { lines, ended, error, first, loadEarlier } = useLogs(workspace, job, step);
  const [follow, setFollow] = useState(true);
  const [times, setTimes] = useState(false);
  const [downloadError, setDownloadError] = useState<Error | null>(null);
  const box = useRef<HTMLDivElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are what scrolls
  useEffect(() => {
    if (follow) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [lines, follow]);
  // What is put in front moves nothing of what is looked at.
  const place = useRef({ first, height: 0 });
  useLayoutEffect(() => {
    const height = box.current!.scrollHeight;
    if (first < place.current.first) box.current!.scrollTop += height - place.current.height;
    place.current = { first, height };
  });
  const onScroll = () => {
    const { scrollTop, clientHeight, scrollHeight } = box.current!;
    setFollow(scrollTop + clientHeight >= scrollHeight - 24);
  };
  const download = () =>
    void readWholeLog(workspace, job, step).then((texts) => save(`${step}.log`, texts), setDownloadError);
  return (
    <div className="ty-logs">
      <div className="ty-logs-bar">
        <span className="ty-dim" aria-live="polite">
          {lines.length > 0 &&
            `${first > 0 ? `the last ${lines.length.toLocaleString("en")}` : plural(lines.length, "line")} · `}
          {ended ? "ended" : state === "pending" || state === "queued" ? "waiting for the step to start" : "live"}
        </span>
        <span className="ty-grow" />
        <Switch size="xs" label="Times" checked={times} onChange={(event) => setTimes(event.currentTarget.checked)} />
        <Switch
          size="xs"
          label="Follow"
          checked={follow}
          onChange={(event) => setFollow(event.currentTarget.checked)}
        />
        <button type="button" className="ty-copy" onClick={download} title="Download">
          <IconDownload size={14} aria-hidden />
          <span className="ty-hidden">Download the log</span>
        </button>
      </div>
      {(error ?? downloadError) && <ProblemBox error={(error ?? downloadError)!} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <div ref={box} className="ty-loglines" onScroll={onScroll} role="log" aria-label={`Log of ${step}`} tabIndex={0}>
        {first > 0 && (
          <div data-stream="system">
            {`${first.toLocaleString("en")} earlier lines. `}
            {loadEarlier ? (
              <Anchor component="button" inherit onClick={() => void loadEarlier()}>
                Load some of them
              </Anchor>
            ) : (
              "Download the log to see them."
            )}
          </div>
        )}
        {lines.map((line) => (
          <div key={line.offset} data-stream={line.stream}>
            {times && <time>{clock.format(line.at)}</time>}
            {line.text.replace(ansi, "") || " "}
          </div>
        ))}
        {ended && lines.length === 0 && <div data-stream="system">The step wrote nothing.</div>}
      </div>
    </div>
  );
}

function save(name: string, texts: string[]): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(texts, { type: "text/plain" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
