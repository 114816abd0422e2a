/** A field of a protobuf message; as text, since every byte of these small messages is one of ASCII. */
export const part = (number: number, content: string): string => {
  if (content.length > 127) throw new Error("too long for a length of one byte");
  return String.fromCharCode((number << 3) | 2, content.length) + content;
};
export const whole = (number: number, value: number): string => String.fromCharCode(number << 3, value);

const value = (name: string, sizes: number[]): string => {
  const shape = sizes.map((size) => part(1, size < 0 ? part(2, "N") : whole(1, size))).join("");
  return part(1, name) + part(2, part(1, whole(1, 1) + part(2, shape)));
};

/** A small model of ONNX that gives back what it takes. `more` goes into its graph, `label` tells it from others. */
export function onnxModel(label = "test", more = ""): string {
  const node = part(1, "x") + part(2, "y") + part(4, "Identity");
  const graph = part(1, node) + more + part(11, value("x", [-1, 3])) + part(12, value("y", [-1, 3]));
  return whole(1, 8) + part(2, label.slice(0, 120)) + part(7, graph);
}
