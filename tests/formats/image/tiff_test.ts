import { createHash } from "node:crypto";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { decodeTiff } from "../../../lib/formats/image/tiff.ts";
import { DataError } from "../../../lib/util/errors.ts";

const folder = new URL("../../fixtures/raw/images/", import.meta.url);
const bytesOf = (name: string) => Deno.readFileSync(new URL(`${name}.tif`, folder));
const expected = JSON.parse(Deno.readTextFileSync(new URL("../images.json", folder))).tiff;

for (const name of ["plain", "deflate", "lzw", "big_endian", "strips"]) {
  Deno.test(`decodeTiff() reads the 13 bands that tifffile wrote: ${name}`, () => {
    const { width, height, bands, data } = decodeTiff(bytesOf(name), name);
    assertEquals([height, width, bands], expected.shape);
    assert(data instanceof Uint16Array);
    assertEquals(createHash("sha256").update(data).digest("hex"), expected.sha256);
  });
}

Deno.test("decodeTiff() refuses layouts that the package reads wrongly", () => {
  const cases = {
    planar: "its bands lie one after the other (planar)",
    tiled: "it is cut into tiles, wanted strips",
    signed: "its values have 16 bits of sample format 2",
  };
  for (const [name, message] of Object.entries(cases)) {
    const error = assertThrows(() => decodeTiff(bytesOf(name), `${name}.tif`), DataError, message);
    assert(error.message.startsWith(`Cannot decode "${name}.tif": `));
  }
  const error = assertThrows(() => decodeTiff(bytesOf("planar"), "a.tif"), DataError);
  assertEquals(error.hint, "Rewrite it with: gdal_translate -co INTERLEAVE=PIXEL");
});

Deno.test("decodeTiff() notices every cut, and refuses other files", () => {
  for (const name of ["plain", "deflate", "lzw"]) {
    const bytes = bytesOf(name);
    const step = Math.ceil(bytes.length / 50);
    for (let length = 0; length < bytes.length - 8; length += step) {
      assertThrows(
        () => decodeTiff(bytes.slice(0, length), name),
        DataError,
        `Cannot decode "${name}": `,
        `${name} cut to ${length} bytes`,
      );
    }
  }
  assertThrows(() => decodeTiff(new Uint8Array(100), "a.tif"), DataError, "it is damaged");
});
