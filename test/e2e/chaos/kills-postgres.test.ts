import { it } from "vitest";
import { databases } from "../../support/app.ts";
import { describeKills } from "./kills.ts";

if (databases.includes("postgres")) describeKills("postgres");
else it.skip("needs a PostgreSQL");
