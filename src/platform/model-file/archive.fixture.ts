import { crc32, deflateRawSync } from "node:zlib";

export interface ZipEntry {
  path: string;
  content: string | Uint8Array;
  isPacked?: boolean;
  /** Unix mode, for links. */
  mode?: number;
  /** What the entry itself says, where it is not what the directory says. */
  own?: { path?: string; flags?: number; crc?: number };
  flags?: number;
  /** What both say of the size. */
  size?: number;
}

/** A zip archive, with whatever faults are asked for. */
export function zip(entries: ZipEntry[], before = ""): Buffer {
  const parts: Buffer[] = [Buffer.from(before)];
  const directory: Buffer[] = [];
  let offset = before.length;
  for (const entry of entries) {
    const content = Buffer.from(entry.content as Uint8Array);
    const data = entry.isPacked ? deflateRawSync(content) : content;
    const fields = (path: Buffer, flags: number, crc: number) => {
      const common = Buffer.alloc(26);
      common.writeUInt16LE(20, 0);
      common.writeUInt16LE(flags, 2);
      common.writeUInt16LE(entry.isPacked ? 8 : 0, 4);
      common.writeUInt32LE(crc, 10);
      common.writeUInt32LE(data.length, 14);
      common.writeUInt32LE(entry.size ?? content.length, 18);
      common.writeUInt16LE(path.length, 22);
      return common;
    };
    const path = Buffer.from(entry.path);
    const ownPath = Buffer.from(entry.own?.path ?? entry.path);
    const [flags, crc] = [entry.flags ?? 0, crc32(content)];
    const local = fields(ownPath, entry.own?.flags ?? flags, entry.own?.crc ?? crc);
    parts.push(Buffer.from("PK\x03\x04", "latin1"), local, ownPath, data);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((entry.mode ?? 0) << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), fields(path, flags, crc), rest, path);
    offset += 30 + ownPath.length + data.length;
  }
  const all = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(all.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, all, end]);
}

/** A tar archive of files, links (`kind` 1 or 2) and devices. */
export function tar(
  entries: { path: string; content?: string | Uint8Array; kind?: string; target?: string }[],
): Buffer {
  const blocks: Buffer[] = [];
  for (const { path, content = "", kind = "0", target = "" } of entries) {
    const body = Buffer.from(content as Uint8Array);
    const header = Buffer.alloc(512);
    header.write(path, 0);
    header.write("0000644\0", 100);
    header.write(`${body.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("        ", 148);
    header.write(kind, 156);
    header.write(target, 157);
    header.write("ustar\x0000", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    blocks.push(header, body, Buffer.alloc((512 - (body.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
