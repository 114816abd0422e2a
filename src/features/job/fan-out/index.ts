export { advance, stopChildren } from "./advance.ts";
export { endChild } from "./child-end.ts";
export { fanOutSchema } from "./schema.ts";
export { countsOf, getSweep, listChildren } from "./view.ts";
