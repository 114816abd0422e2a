interface File {
  path: string;
  size: number;
  digest: string;
}

export interface LoggedImage extends File {
  step: number;
}

/** `images/<key>+step+<n>+timestamp+<ms>+<uuid>.png`, as `mlflow.log_image` names them; older clients write `%`. */
const logged = /^images\/(.+?)[+%]step[+%](\d+)[+%]timestamp[+%]\d+[+%][\w-]+?([+%]compressed)?\.(png|webp|jpe?g)$/;
const image = /\.(png|jpe?g|gif|webp)$/i;

/** Images of a run by name: those of `log_image` with their steps, others under their path. The smaller copy is taken. */
export function imagesOf(files: File[]): Map<string, LoggedImage[]> {
  const found = new Map<string, Map<number, LoggedImage>>();
  for (const file of files) {
    if (!image.test(file.path)) continue;
    const match = logged.exec(file.path);
    const name = match?.[1]?.replaceAll("#", "/") ?? file.path;
    const step = match ? Number(match[2]) : 0;
    const steps = found.get(name) ?? new Map<number, LoggedImage>();
    const known = steps.get(step);
    if (!known || file.size < known.size) steps.set(step, { ...file, step });
    found.set(name, steps);
  }
  return new Map([...found].map(([name, steps]) => [name, [...steps.values()].toSorted((a, b) => a.step - b.step)]));
}

export const isStepImage = (path: string): boolean => logged.test(path);

/** The image of a step, or the one before it. */
export const imageAt = (images: LoggedImage[], step: number): LoggedImage | undefined =>
  images.findLast((one) => one.step <= step) ?? images[0];
