export { admit, callOf, type Serving } from "./call.ts";
export { answerOf } from "./error.ts";
export { mlflowRoutes, serveMlflow } from "./server.ts";
