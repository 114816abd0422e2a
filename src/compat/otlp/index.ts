export { serveOtlp } from "./server.ts";
