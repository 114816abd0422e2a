import { describe, expect, it } from "vitest";
import { imageAt, imagesOf } from "./logged-image.ts";

const file = (path: string, size = 10) => ({ path, size, digest: path });
const name = (key: string, step: number, end: string, sign = "+") =>
  `images/${key}${sign}step${sign}${step}${sign}timestamp${sign}1795254894925${sign}7751f4ab-35c8-4b9c-b052-f93b52d9b1d9${end}`;

describe("images of a run", () => {
  it("finds what log_image wrote, by key and step, and takes the smaller copy", () => {
    const images = imagesOf([
      file(name("sample", 10, ".png"), 900),
      file(name("sample", 10, "+compressed.webp"), 100),
      file(name("sample", 2, ".png", "%")),
      file(name("a#b", 0, ".png")),
      file("plots/roc.png"),
      file("notes.md"),
    ]);
    expect([...images.keys()]).toEqual(["sample", "a/b", "plots/roc.png"]);
    expect(images.get("sample")!.map(({ step, size }) => [step, size])).toEqual([
      [2, 10],
      [10, 100],
    ]);
  });

  it("shows the image of a step, or the last one before it", () => {
    const images = imagesOf([file(name("x", 0, ".png")), file(name("x", 10, ".png"))]).get("x")!;
    expect([0, 5, 10, 99].map((step) => imageAt(images, step)!.step)).toEqual([0, 0, 10, 10]);
  });
});
