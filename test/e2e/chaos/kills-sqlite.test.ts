import { describeKills } from "./kills.ts";

describeKills("sqlite");
