import { isMade, type Value } from "./value.ts";

/** joblib writes an array's bytes into the stream, right after the object that describes it. */
export interface ArrayBytes {
  /** Bytes of the array; undefined for an array of objects, whose bytes are a pickle. */
  size: number | undefined;
  isPadded: boolean;
}

export const isArrayWrapper = (value: Value): boolean =>
  isMade(value) && value.by?.module === "joblib.numpy_pickle" && value.by.name === "NumpyArrayWrapper";

/** What follows a described array; undefined when the description cannot be read. */
export function arrayBytes(value: Value): ArrayBytes | undefined {
  if (!isMade(value) || !(value.state instanceof Map)) return undefined;
  const shape = value.state.get("shape");
  const width = widthOf(value.state.get("dtype"));
  const isPadded = typeof value.state.get("numpy_array_alignment_bytes") === "number";
  if (width === "objects") return { size: undefined, isPadded };
  if (width === undefined || !Array.isArray(shape)) return undefined;
  let size = width;
  for (const length of shape) {
    if (typeof length !== "number" || length < 0) return undefined;
    size *= length;
  }
  return Number.isSafeInteger(size) ? { size, isPadded } : undefined;
}

/** Bytes of one element of a dtype such as `f8`, `U12` or `V64` (a record). */
function widthOf(dtype: Value): number | "objects" | undefined {
  if (!isMade(dtype) || !Array.isArray(dtype.from)) return undefined;
  const [code] = dtype.from;
  const [, kind, digits] = /^[<>|=]?([biufcmMSUVO])(\d*)$/.exec(typeof code === "string" ? code : "") ?? [];
  if (kind === undefined || digits === undefined) return undefined;
  if (kind === "O") return "objects";
  if (kind === "V" && hasObjects(dtype.state)) return undefined;
  return Number(digits) * (kind === "U" ? 4 : 1);
}

/** Whether a record has a field of objects; such a record is not read. */
function hasObjects(state: Value): boolean {
  if (!Array.isArray(state)) return true;
  const fields = state[4];
  if (!(fields instanceof Map)) return false;
  return [...fields.values()].some((field) => {
    const width = Array.isArray(field) ? widthOf(field[0]) : undefined;
    return width === undefined || width === "objects";
  });
}
