import { config } from "zod";

// zod would try `new Function` to compile its parsers; the content security policy refuses that, loudly.
// Imported before the contract, whose schemas decide when they are made: by `main.tsx`, so that it runs first, and by
// `api.ts`, so that the bundler puts it into the chunk of the contract.
config({ jitless: true });
