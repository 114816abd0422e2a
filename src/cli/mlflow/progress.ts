import pc from "picocolors";

/** One line on standard error that says how far an import is: redrawn on a terminal, repeated now and then elsewhere. */
export interface ImportProgress {
  experiment: string;
  runs: number;
  points: number;
  bytes: number;
  stop(): void;
}

export function startProgress(out: NodeJS.WriteStream = process.stderr): ImportProgress {
  const started = Date.now();
  const progress: ImportProgress = {
    ...{ experiment: "", runs: 0, points: 0, bytes: 0 },
    stop() {
      clearInterval(timer);
      if (out.isTTY) out.write("\r\x1b[K");
    },
  };
  const draw = () => {
    const seconds = (Date.now() - started) / 1000;
    const { runs, points, bytes, experiment } = progress;
    const line = `${seconds.toFixed(0)} s  ${runs} runs  ${points} points  ${(bytes / 1e6).toFixed(1)} MB  ${experiment}`;
    out.write(out.isTTY ? `\r\x1b[K${pc.dim(line)}` : `${line}\n`);
  };
  const timer = setInterval(draw, out.isTTY ? 200 : 5000);
  timer.unref();
  return progress;
}
