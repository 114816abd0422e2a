import { statSync } from "node:fs";
import { serveProgram } from "../table/program.ts";
import { checkFiles, type ModelReport } from "./check.ts";
import type { CheckRequest } from "./index.ts";
import { fileSource } from "./source.ts";

/** The check in a process of its own: what a hostile file does to a reader ends there. */
const check = async ({ files }: CheckRequest): Promise<ModelReport> =>
  checkFiles(files.map(({ path, place }) => ({ path, source: fileSource(place, statSync(place).size) })));

serveProgram(check);
