import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tar, zip } from "./archive.fixture.ts";
import { reportOf, rulesOf } from "./check.fixture.ts";
import { onnxModel, part, whole } from "./onnx.fixture.ts";

const malicious = "\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R.";
const bytes = (text: string) => Buffer.from(text, "latin1");

function safetensors(header: string, data = 0): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, Buffer.from(header), Buffer.alloc(data)]);
}
const tensor = (start: number, end: number) =>
  `{"dtype":"F32","shape":[${(end - start) / 4}],"data_offsets":[${start},${end}]}`;

describe("safetensors", () => {
  it("accepts tensors one after the other", () => {
    const file = safetensors(`{"__metadata__":{"a":"b"},"x":${tensor(0, 8)},"y":${tensor(8, 12)}}`, 12);
    expect(rulesOf({ "m.safetensors": file })).toEqual([]);
  });
  it.each([
    ["an overlap", safetensors(`{"x":${tensor(0, 8)},"y":${tensor(4, 12)}}`, 12)],
    ["a gap", safetensors(`{"x":${tensor(0, 4)},"y":${tensor(8, 12)}}`, 12)],
    ["bytes at the end", safetensors(`{"x":${tensor(0, 4)}}`, 8)],
    ["a key twice", safetensors(`{"x":${tensor(0, 4)},"\\u0078":${tensor(0, 4)}}`, 4)],
    ["a wrong size", safetensors('{"x":{"dtype":"F64","shape":[1],"data_offsets":[0,4]}}', 4)],
    ["a huge shape", safetensors('{"x":{"dtype":"F32","shape":[9007199254740991,4096],"data_offsets":[0,4]}}', 4)],
    ["an unknown type", safetensors('{"x":{"dtype":"constructor","shape":[1],"data_offsets":[0,4]}}', 4)],
    ["a header beyond the file", Buffer.from("\xff\xff\xff\x7f\0\0\0\0{}", "latin1")],
    ["a pickle", bytes(malicious)],
  ])("refuses %s", (_, content) => {
    expect(rulesOf({ "m.safetensors": content })).toEqual(["safetensors-broken"]);
  });
});

describe("ONNX", () => {
  const external = (pairs: Record<string, string>) => {
    const entries = Object.entries(pairs).map(([key, value]) => part(13, part(1, key) + part(2, value)));
    return onnxModel("m", part(5, part(8, "w") + entries.join("") + whole(14, 1)));
  };

  it("reads what a model takes and gives", () => {
    const { findings, facts } = reportOf({ "model.onnx": onnxModel() });
    expect(findings).toEqual([]);
    expect(facts.inputs).toEqual([{ name: "x", type: "float32", shape: ["N", 3], required: true }]);
    expect(facts.outputs).toEqual([{ name: "y", type: "float32", shape: ["N", 3], required: true }]);
  });

  it("accepts tensors in a file beside it, which need be nothing else", () => {
    const data = Buffer.alloc(64, 0xfe);
    expect(rulesOf({ "a/m.onnx": external({ location: "w.data", offset: "0" }), "a/w.data": data })).toEqual([]);
    expect(rulesOf({ "a/m.onnx": external({ location: "w.data" }), "w.data": data })).toContain("onnx-external");
  });

  it.each<Record<string, string>>([
    { location: "../w" },
    { location: "a/../../w" },
    { location: "/etc/passwd" },
    { location: "C:\\w" },
    { location: "..\\w" },
    { location: "%2e%2e/w" },
    { location: "w", offset: "-1" },
    { location: "w", length: "99999999999999" },
    { location: "w", __class__: "x" },
    { location: "absent" },
    { offset: "0" },
  ])("refuses tensors at %j", (pairs) => {
    expect(rulesOf({ "m.onnx": external(pairs), w: "text" })).toContain("onnx-external");
  });

  const custom = part(1, part(4, "Run") + part(7, "evil.ops"));
  it("holds operators of foreign libraries, also inside other graphs", () => {
    expect(rulesOf({ "m.onnx": onnxModel("m", custom) })).toEqual(["onnx-custom-op"]);
    const inner = part(1, part(4, "If") + part(5, part(6, custom)));
    expect(rulesOf({ "m.onnx": onnxModel("m", inner) })).toEqual(["onnx-custom-op"]);
  });

  it("accepts operators that the model itself defines", () => {
    const field = (number: number, content: string) =>
      Buffer.from([(((number << 3) | 2) % 128) | 0x80, ((number << 3) | 2) >> 7, content.length]).toString("latin1") +
      content;
    const body = part(1, "Run") + part(10, "evil.ops") + part(7, part(4, "Identity"));
    expect(rulesOf({ "m.onnx": onnxModel("m", custom) + field(25, body) })).toEqual([]);
  });

  it("refuses what is no model, and ends upon any bytes", () => {
    for (const text of ["", "hello", malicious, whole(1, 8)])
      expect(rulesOf({ "m.onnx": text })).toEqual(["onnx-broken"]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (content) => {
        expect(Array.isArray(rulesOf({ "m.onnx": content }))).toBe(true);
      }),
    );
  });
});

describe("archives", () => {
  it("accepts files in folders", () => {
    expect(rulesOf({ "m.zip": zip([{ path: "a/b.txt", content: "x", isPacked: true }]) })).toEqual([]);
    expect(rulesOf({ "m.tar": tar([{ path: "a/b.txt", content: "x" }]) })).toEqual([]);
    expect(rulesOf({ "m.tar.gz": gzipSync(tar([{ path: "b.txt", content: "x" }])) })).toEqual([]);
  });

  const names = ["../x", "a/../../x", "/etc/passwd", "C:/x", "..\\x", "%2e%2e/x", "a//b", "a\u0000b"];
  it.each(names)("refuses the entry %j", (path) => {
    expect(rulesOf({ "m.zip": zip([{ path, content: "x" }]) })).toEqual(["archive-entry"]);
    if (!path.includes("\0")) expect(rulesOf({ "m.tar": tar([{ path, content: "x" }]) })).toEqual(["archive-entry"]);
  });

  const entry = { path: "a.txt", content: "x" };
  it.each<[string, Buffer, string]>([
    ["two entries of one name", zip([entry, { ...entry, content: "y" }]), "archive-entry"],
    ["two names of one file", zip([entry, { ...entry, path: "A.TXT" }]), "archive-entry"],
    ["a link", zip([{ ...entry, mode: 0o120777 }]), "archive-entry"],
    ["another name in the entry", zip([{ ...entry, own: { path: "b.txt" } }]), "archive-damaged"],
    ["other flags in the entry", zip([{ ...entry, own: { flags: 1 } }]), "archive-damaged"],
    ["another sum in the entry", zip([{ ...entry, own: { crc: 1 } }]), "archive-damaged"],
    ["encryption", zip([{ ...entry, flags: 1 }]), "archive-damaged"],
    ["two sizes", zip([{ ...entry, size: 5 }]), "archive-damaged"],
    ["bytes before it", zip([entry], "#!/bin/sh\n"), "wrong-format"],
    ["bytes behind it", Buffer.concat([zip([entry]), Buffer.from("x")]), "archive-damaged"],
    ["a bomb", zip([{ path: "a.bin", content: Buffer.alloc(100 << 20), isPacked: true }]), "archive-bomb"],
    ["an archive inside", zip([{ path: "a.bin", content: zip([entry]) }]), "archive-nested"],
    ["a pickle inside", zip([{ path: "a.pkl", content: bytes(malicious), isPacked: true }]), "pickle-dangerous"],
    ["a pickle inside that is a text by its name", zip([{ path: "a.txt", content: bytes(malicious) }]), "wrong-format"],
    ["a page inside", zip([{ path: "a.html", content: "<script>" }]), "active-content"],
  ])("finds %s", (_, content, rule) => {
    expect(rulesOf({ "m.zip": content })).toContain(rule);
  });

  it.each(["1", "2", "3", "6"])("refuses links and devices in tar (%s)", (kind) => {
    expect(rulesOf({ "m.tar": tar([{ path: "a", kind, target: "/etc/passwd" }]) })).toEqual(["archive-entry"]);
  });

  it("refuses an archive by another name", () => {
    expect(rulesOf({ "notes.txt": zip([entry]) })).toEqual(["wrong-format"]);
    expect(rulesOf({ "model.json": tar([entry]) })).toEqual(["wrong-format"]);
  });

  it("reads a model of torch, whose tensors may look like anything", () => {
    const storage = "\x80\x02ctorch\nFloatStorage\n.";
    const model = (pickled: string, more: { path: string; content: string }[] = []) =>
      zip([
        { path: "m/data.pkl", content: bytes(pickled) },
        { path: "m/byteorder", content: "little" },
        { path: "m/data/0", content: Buffer.concat([zip([entry]), bytes(malicious)]) },
        { path: "m/version", content: "3\n" },
        ...more,
      ]);
    const weights = "\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\ntQtR.";
    expect(rulesOf({ "m.pt": model(storage), "n.bin": model(weights) })).toEqual([]);
    expect(rulesOf({ "m.pt": model(malicious) })).toEqual(["pickle-dangerous"]);
    const program = [{ path: "m/code/__torch__.py", content: "x = 1" }];
    expect(rulesOf({ "m.pt": model(storage, program) })).toContain("torchscript");
  });
});

describe("numpy", () => {
  const npy = (descr: string, body: string) => {
    const header = `{'descr': ${descr}, 'fortran_order': False, 'shape': (1,), }\n`;
    return bytes(`\x93NUMPY\x01\x00${String.fromCharCode(header.length)}\x00${header}${body}`);
  };
  it("looks into arrays of objects and no others", () => {
    expect(rulesOf({ "a.npy": npy("'<f8'", malicious) })).toEqual([]);
    expect(rulesOf({ "a.npy": npy("'|O'", malicious) })).toEqual(["pickle-dangerous"]);
    expect(rulesOf({ "a.npy": npy("[('a', '<f8'), ('b', '|O')]", malicious) })).toEqual(["pickle-dangerous"]);
    expect(rulesOf({ "a.npz": zip([{ path: "a.npy", content: npy("'|O8'", malicious) }]) })).toEqual([
      "pickle-dangerous",
    ]);
    expect(rulesOf({ "a.npy": bytes(malicious) })).toContain("wrong-format");
  });
});

describe("Keras", () => {
  const layer = (more: object) => ({
    module: "keras.layers",
    class_name: "Dense",
    config: {},
    registered_name: null,
    ...more,
  });
  const keras = (...layers: object[]) =>
    zip([
      {
        path: "config.json",
        content: JSON.stringify({ ...layer({ class_name: "Sequential", module: "keras" }), config: { layers } }),
      },
    ]);
  /** A root group with one attribute, in the newest form. */
  const h5 = (config: string, name = "model_config") => {
    const number = (value: number, length: number) =>
      Buffer.from(Array.from({ length }, (_, at) => Math.floor(value / 256 ** at) & 255)).toString("latin1");
    const type = `\x13\0\0\0${number(config.length, 4)}`;
    const attribute = `\x03\0${number(name.length + 1, 2)}${number(8, 2)}${number(4, 2)}\0${name}\0${type}\x02\0\0\0${config}`;
    const message = `\x0c${number(attribute.length, 2)}\0${attribute}`;
    const superblock = `\x02\x08\x08\0${number(0, 8)}${"\xff".repeat(8)}${number(1000, 8)}${number(48, 8)}\0\0\0\0`;
    return bytes(`\x89HDF\r\n\x1a\n${superblock}OHDR\x02\x02${number(message.length, 4)}${message}\0\0\0\0`);
  };

  it("accepts layers of Keras", () => {
    expect(rulesOf({ "m.keras": keras(layer({}), layer({ config: { vocabulary: ["a"] } })) })).toEqual([]);
    expect(rulesOf({ "m.h5": h5(JSON.stringify({ class_name: "Dense", config: {} })) })).toEqual([]);
  });

  it.each([
    { class_name: "Lambda" },
    { class_name: "function", module: "builtins", config: "os.system" },
    { class_name: "get_file", module: "keras.utils" },
    { class_name: "function", module: "keras.utils", config: "get_file" },
    { class_name: "Thing", module: "evil" },
    { class_name: "Thing", module: "keras_evil.layers" },
    { class_name: "TorchModuleWrapper" },
    { class_name: "TFSMLayer" },
    { class_name: "__lambda__", module: null },
    { class_name: "Thing", module: null, registered_name: "my>Thing" },
    { class_name: "StringLookup", config: { vocabulary: "/etc/passwd" } },
  ])("holds %j", (more) => {
    expect(rulesOf({ "m.keras": keras(layer(more)) })).toEqual(["keras-code"]);
    expect(rulesOf({ "m.h5": h5(JSON.stringify(layer(more))) })).toEqual(["keras-code"]);
  });

  it("holds a configuration that cannot be read", () => {
    expect(rulesOf({ "m.h5": h5('{"class_name": "Den') })).toEqual(["unreadable"]);
    expect(rulesOf({ "m.h5": h5("something else") })).toEqual(["unreadable"]);
    expect(rulesOf({ "m.h5": h5('{"class_name": "\\u004cambda"}') })).toContain("keras-code");
    expect(rulesOf({ "m.h5": h5("something else", "title") })).toEqual([]);
    expect(rulesOf({ "m.h5": bytes(`\x89HDF\r\n\x1a\n${"\0".repeat(100)}`) })).toEqual(["unreadable"]);
    expect(rulesOf({ "m.keras": zip([{ path: "x.txt", content: "" }]) })).toEqual(["unreadable"]);
  });
});

describe("other files", () => {
  it.each<[string, string, string[]]>([
    ["README.md", "# A model", []],
    ["requirements.txt", "numpy==1", []],
    ["data.parquet", "PAR1\xff\xfe", []],
    ["report.html", "<h1>", ["active-content"]],
    ["image.svg", "<svg/>", ["active-content"]],
    ["notes.txt", "<!DOCTYPE html><script>", ["active-content"]],
    ["app.js", "alert(1)", ["active-content"]],
    ["lib.so", "\x7fELF\x02\x01", ["native-code"]],
    ["model.bin", "\x7fELF\x02\x01", ["native-code"]],
    ["x.pyc", "\xcb\r\r\n", ["native-code"]],
    ["run.sh", "rm -rf", ["native-code"]],
    ["weights.bin", "\xfe\xff\x00\x01", ["unknown-format"]],
    ["notes.json", "\xfe\xff\x00\x01", ["wrong-format"]],
    ["saved_model.pb", "\x12\x09WriteFile", ["saved-model-op"]],
    ["saved_model.pb", "\x12\x06MatMul", []],
    ["model.h5", "hello", ["wrong-format"]],
  ])("judges %s", (name, content, rules) => {
    expect(rulesOf({ [name]: content })).toEqual(rules);
  });

  it("reads the chat template of GGUF", () => {
    const text = (value: string) => {
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(value.length));
      return length.toString("latin1") + value;
    };
    const gguf = (template: string) =>
      `GGUF\x03\0\0\0${"\0".repeat(8)}\x01${"\0".repeat(7)}${text("tokenizer.chat_template")}\x08\0\0\0${text(template)}`;
    expect(rulesOf({ "m.gguf": gguf("{% for m in messages %}{{ m.content }}{% endfor %}") })).toEqual([]);
    expect(rulesOf({ "m.gguf": gguf("{{ ''.__class__.__mro__ }}") })).toEqual(["gguf-template"]);
    expect(rulesOf({ "m.gguf": "GGUF\x03\0\0\0\xff" })).toEqual(["unreadable"]);
  });
});

describe("MLmodel", () => {
  const flavor = (lines: string) => ({
    MLmodel: `flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n${lines}`,
  });
  it.each<[string, Record<string, string>, string[]]>([
    ["an ordinary one", flavor("    model_path: model.pkl\n"), []],
    ["a loader of its own", { MLmodel: "flavors: {python_function: {loader_module: evil}}" }, ["mlmodel-loader"]],
    ["code outside", flavor("    code: ../../etc\n"), ["mlmodel-path"]],
    ["data outside", flavor("    data: /etc/passwd\n"), ["mlmodel-path"]],
    ["data elsewhere", flavor("    data: file:///etc/passwd\n"), ["mlmodel-path"]],
    ["an artifact outside", flavor("    artifacts: {a: {path: a/../../b}}\n"), ["mlmodel-path"]],
    ["a tag that makes objects", { MLmodel: "flavors: !!python/object/apply:os.system ['id']" }, ["mlmodel-broken"]],
    ["no flavor", { MLmodel: "a: b" }, ["mlmodel-broken"]],
    ["no YAML", { MLmodel: "a: [" }, ["mlmodel-broken"]],
    ["too much of it", { MLmodel: `a: ${"x".repeat(2 << 20)}` }, ["mlmodel-broken"]],
  ])("judges %s", (_, files, rules) => {
    expect(rulesOf(files)).toEqual(rules);
  });

  it("refuses aliases that grow without end, soon", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 12; level++)
      lines.push(
        `a${level}: &a${level} [${Array(9)
          .fill(`*a${level - 1}`)
          .join(", ")}]`,
      );
    expect(rulesOf({ MLmodel: `${lines.join("\n")}\nflavors: {}\n` })).toEqual(["mlmodel-broken"]);
  });

  it("keeps keys of the prototype from being more than keys", () => {
    const { facts, findings } = reportOf(flavor("    __proto__: {polluted: yes}\n    constructor: x\n"));
    expect(findings).toEqual([]);
    expect(facts.signature).toBeNull();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
