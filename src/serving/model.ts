import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Log } from "../platform/log.ts";
import type { Limits } from "./config.ts";
import type { FromModel, ToModel } from "./model-messages.ts";
import type { ProcessBook } from "./process-book.ts";
import type { Signature, Tensor } from "./tensor.ts";
import { settles } from "./wait.ts";

/** The process ended or was killed before it answered; whether the model or something else was the cause is open. */
export class ModelGone extends Error {
  /** It was killed because the run took too long. */
  readonly timedOut: boolean;

  constructor(message: string, timedOut = false) {
    super(message);
    this.name = "ModelGone";
    this.timedOut = timedOut;
  }
}

/** The model itself refused the run: the inputs do not fit, or an operator failed. */
export class ModelRefused extends Error {
  override name = "ModelRefused";
}

interface Waiting {
  resolve: (outputs: Tensor[]) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** A running model process, from the parent's side. */
export class Model {
  readonly signature: Signature;
  /** Resolves with the reason when the process has ended. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #runMs: number;
  readonly #waiting = new Map<number, Waiting>();
  #lastRun = 0;
  #timedOut = false;

  private constructor(child: ChildProcess, signature: Signature, ended: Promise<string>, runMs: number) {
    this.#child = child;
    this.signature = signature;
    this.#runMs = runMs;
    child.on("message", (message: FromModel) => this.#heard(message));
    this.ended = ended;
    void ended.then((reason) => {
      for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(new ModelGone(reason, this.#timedOut));
    });
  }

  /** Starts a process and loads the model; rejects with the reason if that fails or takes longer than `loadMs`. */
  static async start(
    path: string,
    limits: Pick<Limits, "loadMs" | "runMs">,
    log: Log,
    book: ProcessBook,
  ): Promise<Model> {
    const child = fork(fileURLToPath(new URL("model-process.ts", import.meta.url)), [], {
      serialization: "advanced",
      // The node's token is in its environment; models get none of it.
      env: {
        PATH: process.env.PATH ?? "",
        NODE_NO_WARNINGS: "1",
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "",
      },
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    child.stderr!.setEncoding("utf8");
    child.stderr!.on("data", (text: string) => log.warn("a model process wrote", { text: text.slice(0, 2000) }));
    const ended = new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(`The model process did not start: ${error.message}`));
      child.once("exit", (code, signal) =>
        resolve(`The model process ended ${signal ? `by ${signal}` : `with code ${code}`}.`),
      );
    });
    if (child.pid !== undefined) book.add(child.pid);
    void ended.then(() => child.pid !== undefined && book.remove(child.pid));
    let timer: NodeJS.Timeout | undefined;
    try {
      const signature = await new Promise<Signature>((resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`Loading took longer than ${limits.loadMs} ms.`)), limits.loadMs);
        void ended.then((reason) => reject(new Error(`${reason} It was loading the model.`)));
        child.once("message", (message: FromModel) => {
          if (message.kind === "loaded") resolve(message.signature);
          else if (message.kind === "unloadable") reject(new Error(message.error));
        });
        child.send({ kind: "load", path } satisfies ToModel, () => {});
      });
      return new Model(child, signature, ended, limits.runMs);
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Runs the model once; inputs and outputs are in the order of the signature. */
  run(inputs: Tensor[]): Promise<Tensor[]> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastRun;
      const timer = setTimeout(() => {
        // A run cannot be cancelled, only its process.
        this.#timedOut = true;
        this.kill();
      }, this.#runMs);
      this.#waiting.set(id, { resolve, reject, timer });
      const message: ToModel = { kind: "run", id, inputs: inputs.map(({ shape, data }) => ({ shape, data })) };
      if (!this.#child.connected) return this.#take(id)?.reject(new ModelGone("The model process is gone."));
      this.#child.send(message, (error) => {
        if (error) this.#take(id)?.reject(new ModelGone(error.message));
      });
    });
  }

  /** Lets the process release the model and end; kills it if it has not after `ms`. */
  async stop(ms = 3000): Promise<void> {
    if (this.#child.connected) this.#child.send({ kind: "stop" } satisfies ToModel, () => {});
    if (await settles(this.ended, ms)) return;
    this.kill();
    await this.ended;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #heard(message: FromModel): void {
    if (message.kind === "result") this.#take(message.id)?.resolve(message.outputs);
    else if (message.kind === "failed") this.#take(message.id)?.reject(new ModelRefused(message.error));
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting) {
      this.#waiting.delete(id);
      clearTimeout(waiting.timer);
    }
    return waiting;
  }
}
