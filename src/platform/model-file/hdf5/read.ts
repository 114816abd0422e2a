import { Malformed, type Source } from "../source.ts";
import { type Attribute, attributeIn, elementsIn } from "./attribute.ts";
import { linksOf } from "./group.ts";
import { Hdf5, type Message, messagesAt, messageTypes, rootOf } from "./header.ts";

export interface Hdf5Report {
  attributes: Attribute[];
  /** What is in the file by its name and comes from another file. */
  outside: string[];
  /** Datasets that say they hold far more numbers than the file has room for. */
  swollen: string[];
}

const mostOutside = 20;

/**
 * Reads the groups of a file and the attributes of all that is in them; datasets stay unread. What is stored in a way
 * that is not known here is malformed: what cannot be followed is not judged by halves.
 */
export function readHdf5(source: Source): Hdf5Report {
  const file = new Hdf5(source);
  const report: Hdf5Report = { attributes: [], outside: [], swollen: [] };
  const open: [path: string, address: number][] = [["", rootOf(file)]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [path, address] = next;
    if (!file.visit(address)) continue;
    for (const message of messagesAt(file, address)) {
      if (message.type === messageTypes.attribute) report.attributes.push(attributeIn(file, message));
      if (message.type === messageTypes.space && isSwollen(elementsIn(message.data), source)) report.swollen.push(path);
      const told = elsewhere(message);
      if (told) report.outside.push(`${path || "/"} ${told}`);
      for (const link of linksOf(file, message)) {
        const place = `${path}/${link.name}`;
        if (link.kind === "hard") open.push([place, link.address]);
        if (link.kind === "outside") report.outside.push(`${place} is a link to ${link.place}`);
      }
      if (report.outside.length + report.swollen.length > mostOutside)
        throw new Malformed("it leads to other files, or swells, in too many places");
    }
  }
  return report;
}

/** Packed numbers take less room, though not a thousandth of it. */
const isSwollen = (elements: number, source: Source): boolean => elements >= 1e9 && elements > 1000 * source.size;

const virtual = 3;

function elsewhere({ type, data }: Message): string | undefined {
  if (type === messageTypes.externalFiles) return "keeps its numbers in another file";
  if (type !== messageTypes.layout) return undefined;
  const [version, second, third] = data.read(0, 3);
  const layout = version! < 3 ? third : second;
  return layout === virtual ? "is put together of datasets that may be in other files" : undefined;
}
