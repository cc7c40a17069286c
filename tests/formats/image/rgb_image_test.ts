import { checkImageSize } from "../../../lib/formats/image/rgb_image.ts";
import { DataError } from "../../../lib/util/errors.ts";
import { assertThrows } from "../../assert.ts";

Deno.test("checkImageSize() accepts up to Pillow's bound and refuses empty sides", () => {
  checkImageSize("a.png", 1, 178_956_970);
  checkImageSize("a.png", 10_000, 17_895);
  for (const [width, height] of [[0, 5], [5, 0], [1, 178_956_971], [65_535, 65_535]]) {
    assertThrows(
      () => checkImageSize("a.png", width!, height!),
      DataError,
      `Cannot decode "a.png": it is ${width} pixels wide and ${height} high`,
    );
  }
});
