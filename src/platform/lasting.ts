/** Numbers that the database gave to names. They never change, so what is remembered needs no looking up. */
export interface Lasting {
  get(name: string): number | undefined;
  set(name: string, number: number): void;
}

/** Holds the last `most` to `2 × most` names. */
export function createLasting(most: number): Lasting {
  let young = new Map<string, number>();
  let old = new Map<string, number>();
  const set = (name: string, number: number) => {
    if (young.size >= most) {
      old = young;
      young = new Map();
    }
    young.set(name, number);
  };
  return {
    set,
    get(name) {
      const known = young.get(name) ?? old.get(name);
      if (known !== undefined && !young.has(name)) set(name, known);
      return known;
    },
  };
}
