// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the language writes its expressions this way
import { describe, expect, it } from "vitest";
import { literalText, parseCommand, renderCommand } from "./command.ts";

const values = {
  inputs: { data: "/in/data.csv", alpha: "0.1", champion: undefined, depth: undefined },
  outputs: { model: "/out/model" },
};

describe("a command is filled in", () => {
  it.each([
    ["python train.py --data ${{inputs.data}}", "python train.py --data /in/data.csv"],
    ["--data ${{ inputs.data }} -o ${{outputs.model}}/m.pkl", "--data /in/data.csv -o /out/model/m.pkl"],
    ["--data ${{inputs.data.path}}", "--data /in/data.csv"],
    ["eval $[[--champion ${{inputs.champion}}]] --alpha ${{inputs.alpha}}", "eval  --alpha 0.1"],
    ["eval $[[--alpha ${{inputs.alpha}}]]", "eval --alpha 0.1"],
    ["$[[--alpha ${{inputs.alpha}} --depth ${{inputs.depth}}]]end", "end"],
    ['echo "$HOME" ${PATH} $(pwd) "${{inputs.data}}"', 'echo "$HOME" ${PATH} $(pwd) "/in/data.csv"'],
    ["if [[ -f x ]]; then cat ${{inputs.data}}; fi\nls", "if [[ -f x ]]; then cat /in/data.csv; fi\nls"],
    ["echo $[[literal]]", "echo literal"],
    ["", ""],
  ])("%s", (command, expected) => {
    expect(renderCommand(command, values)).toEqual({ command: expected, variables: {} });
  });

  it("inserts a value as it is, even when it looks like an expression", () => {
    const odd = { inputs: { x: "$& ${{inputs.y}} $1" }, outputs: {} };
    expect(renderCommand("echo ${{inputs.x}}", odd).command).toBe("echo $& ${{inputs.y}} $1");
  });

  it("gives as a variable what its author did not write, unless it is plain", () => {
    const odd = {
      inputs: { x: "$(touch x)", y: "north" },
      outputs: { o: "/my outputs/o" },
      given: new Set(["x", "y"]),
    };
    expect(renderCommand("f ${{inputs.x}} '${{inputs.x}}' ${{inputs.y}} \"${{outputs.o}}/*\"", odd)).toEqual({
      command: `f "\${TRAINYARD_VALUE_1}" ''"\${TRAINYARD_VALUE_2}"'' north "\${TRAINYARD_VALUE_3}/*"`,
      variables: {
        TRAINYARD_VALUE_1: "$(touch x)",
        TRAINYARD_VALUE_2: "$(touch x)",
        TRAINYARD_VALUE_3: "/my outputs/o",
      },
    });
    expect(() => renderCommand("cat <<'EOF'\n${{inputs.x}}\nEOF", odd)).toThrow(/nothing is expanded/);
  });

  it.each([
    ["${{inputs.champion}}", "has no value"],
    ["${{inputs.alhpa}}", "names no declared input"],
    ["${{inputs.toString}}", "names no declared input"],
    ["${{outputs.data}}", "names no declared output"],
    ["$[[${{inputs.nowhere}}]]", "names no declared input"],
    ["${{inputs}}", "names no declared input"],
    ["${{inputs.data.name}}", "names no declared input"],
    ["${{search_space.lr}}", "is not available"],
    ["${{parent.inputs.data}}", "is not available"],
    ["${{inputs.data", "never closed"],
    ["$[[--a ${{inputs.data}}", "never closed"],
    ["$[[ $[[ ${{inputs.data}} ]] ]]", "inside another"],
    ["${{ 1 + 1 }}", "is not a reference"],
    ["${{}}", "is not a reference"],
  ])("%s is refused", (command, message) => {
    expect(() => renderCommand(command, values)).toThrow(message);
  });
});

it("says where each expression begins", () => {
  const { parts } = parseCommand("a ${{inputs.b}} $[[-c ${{inputs.d}}]]");
  expect(parts).toMatchObject([
    { kind: "text", text: "a " },
    { kind: "expression", path: ["inputs", "b"], offset: 2 },
    { kind: "text", text: " " },
    { kind: "optional", offset: 16, parts: [{ text: "-c " }, { path: ["inputs", "d"], offset: 22 }] },
  ]);
});

it("writes booleans as Azure ML does", () => {
  expect([true, false, 0.5, 3, "x"].map(literalText)).toEqual(["True", "False", "0.5", "3", "x"]);
});
