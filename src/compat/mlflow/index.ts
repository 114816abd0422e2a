export { mlflowRoutes, mlflowVersion, serveMlflow } from "./server.ts";
