/** What a line that only IPython knows becomes. */
export interface Replaced {
  lines: string[];
  /** What the reader of the script should know. */
  note?: string;
  /** Why it cannot be exported. */
  refused?: string;
  /** Modules that the lines need. */
  needs?: string[];
  /** What it installs. */
  requirements?: string[];
}

/** Magics that only change what is shown or how the notebook is worked with. */
const harmless = new Set(
  [
    "matplotlib load_ext reload_ext autoreload config precision pylab who whos who_ls pdb tb xmode colors",
    "logstart logstop history hist pinfo pinfo2 psource pdoc lsmagic magic quickref timeit prun memit lprun mprun",
    "conda_env watermark black nb_black reset reset_selective autosave automagic autocall doctest_mode gui notebook",
  ]
    .join(" ")
    .split(" "),
);

const commented = (text: string): string[] => text.split("\n").map((line) => `# ${line.trim()}`);
const python = (text: string): string => JSON.stringify(text);

/** `"ls data"`, or `f"ls {folder}"` when it names variables in braces, as IPython does. */
const shellText = (command: string): string => (/\{[^}]+\}/.test(command) ? `f${python(command)}` : python(command));

/** A magic line: comment, `subprocess` line, or what Python has for it. */
export function replaceLine(text: string): Replaced {
  const indent = /^[ \t]*/.exec(text)![0];
  const line = text.trim().replace(/\\\n\s*/g, " ");
  const replaced = replace(line);
  // Something has to stand where a block has nothing but this line.
  const lines =
    indent && replaced.lines.every((one) => one.startsWith("#")) ? [...replaced.lines, "pass"] : replaced.lines;
  return { ...replaced, lines: lines.map((one) => indent + one) };
}

function replace(line: string): Replaced {
  if (line.startsWith("?") || line.endsWith("?")) return { lines: commented(line) };
  const [, target, assigned] = /^([A-Za-z_][^=]*?)\s*=\s*([%!].*)$/.exec(line) ?? [];
  if (target !== undefined && assigned !== undefined) {
    if (assigned.startsWith("!")) return captured(target, assigned.slice(1).trim());
    return { lines: [], refused: `\`${line}\` takes the result of a magic` };
  }
  if (line.startsWith("!")) return shell(line.replace(/^!+/, "").trim(), line);
  const [, name = "", rest = ""] = /^%{1,2}(\w+)\s*(.*)$/.exec(line) ?? [];
  if (name === "pip" || name === "conda" || name === "mamba" || name === "uv") return shell(`${name} ${rest}`, line);
  if (name === "env" || name === "set_env") return variable(rest, line);
  if (name === "cd")
    return {
      lines: [`os.chdir(os.path.expanduser(${python(rest.replace(/^["']|["']$/g, "") || "~")}))`],
      needs: ["os"],
    };
  if (name === "time") return rest ? { lines: [rest], note: "it is not timed" } : { lines: commented(line) };
  if (name === "sx" || name === "system") return shell(rest, line);
  if (harmless.has(name)) return { lines: commented(line) };
  if (name === "run") {
    return { lines: [], refused: `\`${line}\` runs another file; import what it defines from a module instead` };
  }
  return { lines: commented(line), note: `\`%${name}\` has no counterpart in a script and was left out` };
}

function shell(command: string, line: string): Replaced {
  const requirements = installed(command);
  if (requirements) {
    return { lines: commented(line), note: "packages come from conda.yml", requirements };
  }
  return {
    lines: [`subprocess.run(${shellText(command)}, shell=True, check=True)`],
    note: `${dollars(command)}unlike in a notebook, the script ends when the command fails`,
    needs: ["subprocess"],
  };
}

const captured = (target: string, command: string): Replaced => ({
  lines: [
    `${target.trim()} = subprocess.run(${shellText(command)}, shell=True, check=True, capture_output=True, text=True).stdout.splitlines()`,
  ],
  note: `${dollars(command)}unlike in a notebook, the script ends when the command fails`,
  needs: ["subprocess"],
});

const dollars = (command: string): string =>
  /\$[A-Za-z_]/.test(command) ? "`$name` is a variable of the shell here, not of Python; " : "";

function variable(rest: string, line: string): Replaced {
  const [, name, value] = /^([A-Za-z_]\w*)(?:\s*=\s*|\s+)(.+)$/.exec(rest) ?? [];
  if (name === undefined || value === undefined) return { lines: commented(line) };
  return { lines: [`os.environ[${python(name)}] = ${python(value)}`], needs: ["os"] };
}

/** Packages of `pip install a b==1`; of other package managers none, though they install. */
function installed(command: string): string[] | undefined {
  const [, program, rest] =
    /^(?:\S*python\S*\s+-m\s+|uv\s+)?(pip3?|conda|mamba|apt|apt-get)\s+(?:-\S+\s+)*install\s*(.*)$/.exec(command) ?? [];
  if (program === undefined || rest === undefined) return undefined;
  if (!program.startsWith("pip")) return [];
  const words = rest.split(/\s+/).filter(Boolean);
  const skipped = new Set([
    "-r",
    "-c",
    "-i",
    "-e",
    "-f",
    "-t",
    "--index-url",
    "--extra-index-url",
    "--requirement",
    "--target",
  ]);
  return words
    .filter((word, at) => !word.startsWith("-") && !skipped.has(words[at - 1] ?? ""))
    .map((word) => word.replace(/^["']|["']$/g, ""))
    .filter((word) => /^[A-Za-z0-9][\w.[\],-]*([=<>!~]=?[\w.*,<>=!~-]+)?$/.test(word));
}

const ignoredCells = new Set([
  "html",
  "HTML",
  "javascript",
  "js",
  "markdown",
  "latex",
  "svg",
  "SVG",
  "timeit",
  "prun",
  "debug",
]);
const shellCells = new Set(["bash", "sh"]);

/** A cell that begins with `%%magic`. `body`: its code goes on to be exported as if the magic were not there. */
export function replaceCell(text: string): Replaced & { body?: string } {
  const [head = "", ...rest] = text.split("\n");
  const body = rest.join("\n");
  const [, name = "", argument = ""] = /^%%(\w+)\s*(.*)$/.exec(head.trim()) ?? [];
  if (name === "time" || name === "capture") return { lines: commented(head), body };
  if (ignoredCells.has(name)) return { lines: commented(text), note: `a \`%%${name}\` cell is not run` };
  if (shellCells.has(name) || head.trim() === "%%!") {
    return {
      lines: [`subprocess.run([${python(name || "sh")}, "-c", ${python(body)}], check=True)`],
      needs: ["subprocess"],
    };
  }
  if (name === "writefile" || name === "file") {
    const [mode, file] = /^-a\s+/.test(argument) ? ["a", argument.replace(/^-a\s+/, "")] : ["w", argument];
    return {
      lines: [
        `with open(${python(file.trim())}, ${python(mode)}) as _file:`,
        `    _file.write(${python(`${body}\n`)})`,
      ],
    };
  }
  return { lines: [], refused: `a \`%%${name}\` cell is not Python` };
}
