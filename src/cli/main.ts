import { createProgram } from "./commands.ts";
import { explain } from "./failure.ts";

const program = createProgram();

// A reader that has seen enough (`| head`) ends us, and that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}
