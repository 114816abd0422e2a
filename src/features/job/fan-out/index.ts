export { advance, hasBegun, stopChildren } from "./advance.ts";
export { noteEnd, postEnd } from "./child-end.ts";
export { fanOutCountSchema } from "./count-schema.ts";
export { trialMarkSchema } from "./mark-schema.ts";
export { fanOutOriginSchema } from "./origin-schema.ts";
export { fanOutPartSchema } from "./part-schema.ts";
export { fanOutSchema } from "./schema.ts";
export { findChildAt } from "./store.ts";
export { countsOf, getSweep, listChildren } from "./view.ts";
