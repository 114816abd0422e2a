/** Things of one kind that seldom or never change, of which as many are kept as together weigh so much. */
export interface Memory<T> {
  most: number;
  weightOf(thing: T): number;
}

/** What was read before and need not be read again. Those that were asked for last are kept. */
export interface Remembered {
  read<T>(memory: Memory<T>, id: string, read: () => Promise<T>): Promise<T>;
  /** It has changed: whoever asks next reads it. */
  forget<T>(memory: Memory<T>, id: string): void;
}

export function createRemembered(): Remembered {
  // biome-ignore lint/suspicious/noExplicitAny: each memory holds the things of its own kind
  const all = new Map<Memory<any>, Kept<any>>();
  const of = <T>(memory: Memory<T>): Kept<T> => {
    const kept: Kept<T> = all.get(memory) ?? new Kept(memory);
    all.set(memory, kept);
    return kept;
  };
  return {
    async read(memory, id, read) {
      const kept = of(memory);
      const thing = kept.get(id) ?? (await read());
      kept.put(id, thing);
      return thing;
    },
    forget: (memory, id) => of(memory).drop(id),
  };
}

/** The things of one kind, those that were asked for longest ago first. */
class Kept<T> {
  readonly #memory: Memory<T>;
  readonly #things = new Map<string, T>();
  #weight = 0;

  constructor(memory: Memory<T>) {
    this.#memory = memory;
  }

  get(id: string): T | undefined {
    return this.#things.get(id);
  }

  put(id: string, thing: T): void {
    this.drop(id);
    this.#things.set(id, thing);
    this.#weight += this.#memory.weightOf(thing);
    while (this.#weight > this.#memory.most && this.#things.size > 1) this.drop(this.#things.keys().next().value!);
  }

  drop(id: string): void {
    const thing = this.#things.get(id);
    if (thing === undefined) return;
    this.#weight -= this.#memory.weightOf(thing);
    this.#things.delete(id);
  }
}
