import { Select, Slider } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useWorkspace } from "../../../api.ts";
import { imageQuery } from "../../../parts/files/file-content.ts";
import { largestImage } from "../../../parts/files/file-kind.ts";
import { Loaded } from "../../../parts/loaded.tsx";
import { Section } from "../../../parts/page.tsx";
import { imageAt, imagesOf, type LoggedImage } from "./logged-image.ts";
import type { ComparedRun, Comparison } from "./use-compare.ts";
import { useFiles } from "./use-files.ts";

/** The same image of every run side by side, with a slider over the steps of `log_image`. */
export function ImageGrid({ runs, search, set }: Comparison & { runs: ComparedRun[] }) {
  const { files, pending } = useFiles(runs);
  const [chosenStep, setStep] = useState<number | null>(null);
  const images = files.map((one) => ({ run: one.run, images: imagesOf(one.files) }));
  // What has steps is what one wants to watch.
  const fewerSteps = (name: string) => -Math.max(...images.map((one) => one.images.get(name)?.length ?? 0));
  const names = [...new Set(images.flatMap((one) => [...one.images.keys()]))].toSorted(
    (a, b) => fewerSteps(a) - fewerSteps(b),
  );
  const name = names.includes(search.path ?? "") ? search.path! : names[0];
  const steps = [
    ...new Set(images.flatMap((one) => one.images.get(name ?? "")?.map(({ step }) => step) ?? [])),
  ].toSorted((a, b) => a - b);
  const step = chosenStep ?? steps.at(-1) ?? 0;
  if (pending) return <p className="ty-quiet">Reading the lists of files…</p>;
  if (name === undefined)
    return (
      <p className="ty-quiet">
        None of these runs has images. <code>mlflow.log_image</code> and <code>log_figure</code> put them here.
      </p>
    );
  return (
    <Section title="Images">
      <div className="ty-controls">
        <Select
          size="xs"
          w={320}
          aria-label="Image"
          searchable
          data={names}
          value={name}
          onChange={(path) => set({ path: path ?? undefined })}
        />
        {steps.length > 1 && (
          <div className="ty-slider ty-grow">
            <span className="ty-num">Step {step}</span>
            <Slider
              className="ty-grow"
              size="sm"
              thumbProps={{ "aria-label": "Step" }}
              label={null}
              min={0}
              max={steps.length - 1}
              value={Math.max(0, steps.indexOf(step))}
              onChange={(index) => setStep(steps[index] ?? null)}
              marks={steps.length <= 30 ? steps.map((_, value) => ({ value })) : undefined}
            />
          </div>
        )}
      </div>
      <div className="ty-images">
        {images.map(({ run, images: own }) => {
          const image = imageAt(own.get(name) ?? [], step);
          return (
            <figure key={run.id}>
              {image ? <Picture run={run} image={image} /> : <p className="ty-quiet">No such image.</p>}
              <figcaption>
                <i className="ty-swatch" style={{ background: run.color }} />
                <span title={run.name}>{run.name}</span>
                {image && steps.length > 1 && <span className="ty-dim ty-num">step {image.step}</span>}
              </figcaption>
            </figure>
          );
        })}
      </div>
    </Section>
  );
}

function Picture({ run, image }: { run: ComparedRun; image: LoggedImage }) {
  const workspace = useWorkspace();
  const query = useQuery({
    ...imageQuery(workspace, image),
    enabled: image.size <= largestImage,
    placeholderData: (before) => before,
  });
  if (image.size > largestImage) return <p className="ty-quiet">Too large to show here.</p>;
  return (
    <Loaded query={query} lines={3}>
      {(source) => <img src={source} alt={`${image.path} of ${run.name}`} />}
    </Loaded>
  );
}
