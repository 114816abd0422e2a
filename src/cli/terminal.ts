// biome-ignore-all lint/suspicious/noControlCharactersInRegex: control characters are what is taken away

/** Colours and the like: `ESC [ … m`. */
const style = /^\u001b\[[0-9;:]*m$/;

/** A whole command to the terminal, whose parameters are no text, or else a single control character. */
const controls =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * A text with nothing in it that a terminal obeys, apart from colours: names and logs are written by others, and could
 * clear the screen, fill the clipboard or overwrite what was printed before.
 */
export const forTerminal = (text: string): string => text.replace(controls, (one) => (style.test(one) ? one : ""));
