import { NetworkFailed, StepFailed, saysNetwork } from "../failure.ts";
import type { Engine } from "./engine.ts";

/** An image by content. */
export interface ResolvedImage {
  /** `sha256:…` of its configuration, under which this machine runs it. */
  image: string;
  /** `registry.example.org/team/train@sha256:…`: where another machine gets the same one. Null for one made here. */
  source: string | null;
}

interface Progress {
  onLine(line: string): void;
  signal: AbortSignal;
}

interface Followed extends Progress {
  environment: Record<string, string>;
}

/** The images of this machine. */
export interface Images {
  /** What a name means now. An image that is not here is pulled. */
  resolve(name: string, progress: Progress): Promise<ResolvedImage>;
  /** The image that a folder with a Dockerfile makes; built once for each `specification`, which names its content. */
  build(
    context: string,
    build: { dockerfile: string; specification: string },
    progress: Progress,
  ): Promise<ResolvedImage>;
  /** Has an image that was resolved earlier, perhaps on another machine. */
  ensure(resolved: ResolvedImage, progress: Progress): Promise<void>;
}

interface Options {
  /** Undefined when this machine has none. */
  engine: Engine | undefined;
  /** Further arguments of every build. */
  buildArguments: readonly string[];
  /** `NAME=value` in the environment of what pulls and builds: the next agent of the home ends it by that. */
  marker: string;
}

export function openImages({ engine: found, buildArguments, marker }: Options): Images {
  const [markerName = "", markerValue = ""] = marker.split("=");
  const marked = (progress: Progress): Followed => ({ ...progress, environment: { [markerName]: markerValue } });
  return {
    async resolve(name, progress) {
      const engine = requireEngine(found, name);
      if (!isImageName(name)) throw noName(name);
      const image = (await find(engine, name)) ?? (await find(engine, qualifiedName(name)));
      if (image) return image;
      await pull(engine, name, marked(progress));
      return (await find(engine, qualifiedName(name))) ?? gone(name);
    },

    async build(context, { dockerfile, specification }, progress) {
      const engine = requireEngine(found, `that ${dockerfile} describes`);
      const tag = `localhost/trainyard-environment:${specification.slice(0, 40)}`;
      const known = await find(engine, tag);
      if (known) return { ...known, source: null };
      progress.onLine(`Building the image that ${dockerfile} describes with ${engine.name} …`);
      try {
        const what = ["--file", `${context}/${dockerfile}`, "--tag", tag, ...buildArguments, context];
        await engine.follow(["build", ...what], marked(progress));
      } catch (error) {
        progress.signal.throwIfAborted();
        const { message } = error as Error;
        if (saysNetwork(message)) throw new NetworkFailed(`The image could not be built: ${message}`);
        throw new StepFailed(`The image could not be built: ${message}`, { retryable: false });
      }
      return { ...((await find(engine, tag)) ?? gone(tag)), source: null };
    },

    async ensure({ image, source }, progress) {
      const engine = requireEngine(found, image);
      if (await find(engine, image)) return;
      if (source === null) {
        const message = `This agent does not have the image ${image}, which another agent has.`;
        throw new StepFailed(`${message} Agents that share the steps of a job need the same images.`);
      }
      await pull(engine, source, marked(progress));
      if (!(await find(engine, image))) gone(source);
    },
  };
}

/** A name such as `python:3.12`, and nothing that the engine would take for a file, an option or another transport. */
const isImageName = (text: string): boolean =>
  /^[a-z0-9][\w.-]*(:\d+)?(\/[a-z0-9][a-z0-9._-]*)*(:\w[\w.-]{0,127})?(@sha256:[a-f0-9]{64})?$/i.test(text);

/** With its registry, as docker reads a name that has none. */
export function qualifiedName(name: string): string {
  const [first = "", ...rest] = name.split("/");
  if (rest.length === 0) return `docker.io/library/${name}`;
  return /[.:]|^localhost$/.test(first) ? name : `docker.io/${name}`;
}

async function find(engine: Engine, name: string): Promise<ResolvedImage | undefined> {
  try {
    // Formats of the two engines differ; what they print without one has the same names.
    const [found] = JSON.parse(await engine.call(["image", "inspect", name])) as {
      Id: string;
      RepoDigests?: string[];
    }[];
    if (!found) return undefined;
    const source = found.RepoDigests?.find((digest) => !digest.startsWith("localhost/")) ?? null;
    return { image: found.Id.startsWith("sha256:") ? found.Id : `sha256:${found.Id}`, source };
  } catch {
    // That there is none is the usual reason; any other one shows when it is pulled or run.
    return undefined;
  }
}

async function pull(engine: Engine, name: string, progress: Followed): Promise<void> {
  const full = qualifiedName(name);
  progress.onLine(`Pulling the image ${full} …`);
  try {
    // podman would look for a name without its transport among files, and in other registries.
    await engine.follow(["pull", engine.kind === "podman" ? `docker://${full}` : full], progress);
  } catch (error) {
    progress.signal.throwIfAborted();
    const { message } = error as Error;
    const said = `This agent does not have the image ${name}, and it could not be pulled: ${message}`;
    throw saysNetwork(message) ? new NetworkFailed(said) : new StepFailed(said);
  }
}

function requireEngine(engine: Engine | undefined, image: string): Engine {
  if (engine) return engine;
  throw new StepFailed(
    `This agent has neither podman nor docker that works: it cannot use the image ${image}. Install podman, or give the environment a conda_file.`,
    { retryable: false },
  );
}

const noName = (text: string): StepFailed =>
  new StepFailed(`"${text}" is not the name of an image, such as python:3.12 or registry.example.org/team/train:4.`, {
    retryable: false,
  });

function gone(name: string): never {
  throw new StepFailed(`The image ${name} was there a moment ago and is not any more.`);
}
