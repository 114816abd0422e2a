export { listCollected } from "./collected.ts";
export { deploy, deploymentState, deploymentsOf, listDeployments, setTraffic, undeploy } from "./deployment.ts";
export { exampleOf } from "./example.ts";
export { endpointHandlers, servingHandlers } from "./handlers.ts";
export { type Answer, invokeDeployment } from "./invoke.ts";
export { endpointReferences } from "./references.ts";
export { liveNodes } from "./reported.ts";
export { endpointSchema } from "./schema.ts";
export { ensureEndpoint } from "./service.ts";
