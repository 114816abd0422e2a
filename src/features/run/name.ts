import { randomInt } from "node:crypto";

const qualities =
  "able bold brave bright calm clever crisp eager fair fleet gentle glad grand keen kind lively lucid merry mild neat nimble patient placid proud quick quiet rapid rare smooth spry steady sunny swift tidy vivid warm wise witty zesty".split(
    " ",
  );
const things =
  "axle beacon boiler bridge buffer cabin canal caboose coach coupler crane depot engine express ferry gantry gauge junction lantern lever locomotive platform piston pulley rail signal siding sleeper spur switch tender track train tram trolley truss tunnel turntable viaduct wagon whistle".split(
    " ",
  );

/** A name for a run that was given none: `steady-lantern-407`. */
export const randomRunName = (): string =>
  `${qualities[randomInt(qualities.length)]}-${things[randomInt(things.length)]}-${randomInt(1000)}`;
