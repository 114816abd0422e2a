/** `npm run openapi`: writes docs/openapi.json anew. */
import { writeFileSync } from "node:fs";
import { openApiDocument } from "../../src/contract/openapi.ts";
import { version } from "../../src/server/version.ts";

writeFileSync(
  new URL("../../docs/openapi.json", import.meta.url),
  `${JSON.stringify(openApiDocument(version), null, 1)}\n`,
);
