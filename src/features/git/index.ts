export { type GitFolder, readGitFolder } from "./read.ts";
