import pc from "picocolors";

export interface Chapter {
  title: string;
  /** What came of it, in a line. */
  outcome: string;
  ms: number;
}

/** One line per step: a spinner and the elapsed time on a terminal, plain lines elsewhere. */
export interface Progress {
  chapters: Chapter[];
  /** Runs a step; `tell` adds a detail below its line. */
  step(title: string, work: (tell: (detail: string) => void) => Promise<string>): Promise<string>;
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

export function createProgress(out: NodeJS.WriteStream = process.stdout): Progress {
  const chapters: Chapter[] = [];
  const erase = out.isTTY ? "\r\x1b[K" : "";
  return {
    chapters,
    async step(title, work) {
      const started = Date.now();
      let frame = 0;
      const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
      const draw = () =>
        out.write(`${erase}${pc.cyan(frames[frame++ % frames.length]!)} ${title}  ${pc.dim(seconds())}`);
      const timer = out.isTTY ? setInterval(draw, 100) : undefined;
      if (!out.isTTY) out.write(`… ${title}\n`);
      const tell = (detail: string) => out.write(`${erase}    ${pc.dim(detail)}\n`);
      try {
        const outcome = await work(tell);
        chapters.push({ title, outcome, ms: Date.now() - started });
        out.write(`${erase}${pc.green("✓")} ${pc.bold(title)}  ${outcome}  ${pc.dim(seconds())}\n`);
        return outcome;
      } catch (error) {
        out.write(`${erase}${pc.red("✗")} ${pc.bold(title)}  ${pc.dim(seconds())}\n`);
        throw error;
      } finally {
        clearInterval(timer);
      }
    },
  };
}
