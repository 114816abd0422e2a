import { invalid } from "../contract/errors.ts";
import { print } from "./output.ts";
import { type Command, withExamples } from "./program.ts";

/** `trainyard completion bash|zsh|fish`: a script that completes nouns, verbs and flags. */
export function addCompletion(program: Command): void {
  const command = program
    .command("completion <shell>")
    .description("print a completion script for bash, zsh or fish")
    .action((shell: string) => print(scriptFor(shell, wordsOf(program))));
  withExamples(command, "source <(trainyard completion bash)", "trainyard completion fish | source");
}

/** For every command path the words that may follow it. */
function wordsOf(command: Command, path = ""): Record<string, string[]> {
  const children = command.commands.flatMap((child) => [child.name(), ...child.aliases()]);
  const flags = command.options.map((option) => option.long).filter((flag): flag is string => flag !== undefined);
  const words: Record<string, string[]> = { [path]: [...children, ...flags, "--help"] };
  for (const child of command.commands) {
    for (const name of [child.name(), ...child.aliases()])
      Object.assign(words, wordsOf(child, `${path} ${name}`.trim()));
  }
  return words;
}

function scriptFor(shell: string, words: Record<string, string[]>): string {
  if (shell === "bash") return bash(words);
  if (shell === "zsh") return `autoload -U +X bashcompinit && bashcompinit\n${bash(words)}`;
  if (shell === "fish") return fish(words);
  throw invalid(`There is no completion for "${shell}".`, { hint: "Shells: bash, zsh, fish." });
}

function bash(words: Record<string, string[]>): string {
  const cases = Object.entries(words).map(([path, next]) => `    "${path}") words="${next.join(" ")}" ;;`);
  return `_trainyard() {
  local path="" word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join("\n")}
    *) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _trainyard trainyard`;
}

function fish(words: Record<string, string[]>): string {
  return Object.entries(words)
    .flatMap(([path, next]) => {
      const seen = path ? `__fish_seen_subcommand_from ${path.split(" ").at(-1)}` : "__fish_use_subcommand";
      return next
        .filter((word) => !word.startsWith("-"))
        .map((word) => `complete -c trainyard -f -n '${seen}' -a '${word}'`);
    })
    .join("\n");
}
