import type { CardEditTable } from "./schema.ts";

let edits = 0;

/** An edit; later ones have later ids. */
export const edit = (version: number, section: string, text: string): CardEditTable => ({
  ...{ id: String(++edits).padStart(6, "0"), workspace: "default", name: "m", version, section, text },
  ...{ at: edits, actor_id: "a", actor_name: "ada" },
});
