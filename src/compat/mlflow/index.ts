export { mlflowRoutes, serveMlflow } from "./server.ts";
