import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { assert, assertEquals } from "../assert.ts";
import { readFixture } from "../read_fixture.ts";
import {
  cropCentre,
  cropImage,
  type PixelImage,
  resizeImage,
  toPlanes,
} from "../../lib/signal/resize.ts";

const folder = new URL("../fixtures/raw/images/", import.meta.url);
const expected = JSON.parse(Deno.readTextFileSync(new URL("../images.json", folder)));
const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");

/** The pictures of `make_images.py`, by their sizes. */
function pictures(): ReadonlyMap<string, PixelImage> {
  const bytes = inflateSync(Deno.readFileSync(new URL("photos.bin", folder)));
  let offset = 0;
  return new Map(
    (expected.sizes as [number, number][]).map(([width, height]) => {
      const data = new Uint8Array(bytes.subarray(offset, offset += width * height * 3));
      return [`${width}x${height}`, { width, height, data }];
    }),
  );
}

/** Luma as Pillow's `convert("L")` computes it. */
function grey({ width, height, data }: PixelImage): PixelImage {
  const values = Uint8Array.from(
    { length: width * height },
    (_, i) =>
      (19595 * data[3 * i]! + 38470 * data[3 * i + 1]! + 7471 * data[3 * i + 2]! + 0x8000) >> 16,
  );
  return { width, height, channels: 1, data: values };
}

Deno.test("resizeImage() equals Pillow bit for bit, whichever axis shrinks, grows or stays", () => {
  const images = pictures();
  assertEquals(expected.resized.length, 13 * 2 * 3);
  for (const { width, height, channels, to, source, sha256: wanted } of expected.resized) {
    const colour = images.get(`${width}x${height}`)!;
    const image = channels === 1 ? grey(colour) : colour;
    assertEquals(sha256(image.data), source, "the picture itself");
    const resized = resizeImage(image, to[0], to[1]);
    assertEquals([resized.width, resized.height], to);
    assertEquals(sha256(resized.data), wanted, `${width}x${height} of ${channels} to ${to}`);
  }
});

Deno.test("resizeImage() treats any number of channels alike", () => {
  const image = pictures().get("61x45")!;
  const wide = new Uint8Array(image.data.length / 3 * 4);
  for (let i = 0; i < wide.length; i++) wide[i] = image.data[Math.floor(i / 4) * 3 + i % 4 % 3]!;
  const resized = resizeImage({ ...image, channels: 4, data: wide }, 20, 30);
  const three = resizeImage(image, 20, 30);
  for (let pixel = 0; pixel < 600; pixel++) {
    for (let channel = 0; channel < 4; channel++) {
      assertEquals(resized.data[4 * pixel + channel], three.data[3 * pixel + channel % 3]);
    }
  }
});

Deno.test("resizeImage() gives the recorded inputs of the reference", () => {
  const fixture = readFixture("datasets");
  for (const name of ["rgb", "rgb_up"]) {
    const raw = fixture.tensor(`${name}/raw`);
    const [height, width] = raw.shape as [number, number];
    const image = { width, height, data: Uint8Array.from(raw.values) };
    const planes = toPlanes(resizeImage(image, 32, 32));
    const recorded = Array.from(fixture.tensor(`${name}/x`).values, (x) => Math.round(x * 255));
    assertEquals([...planes], recorded, name);
  }
  for (let i = 0; i < 4; i++) {
    const raw = fixture.tensor(`wafer/${i}/raw`);
    const [height, width] = raw.shape as [number, number];
    const image = { width, height, channels: 1, data: Uint8Array.from(raw.values) };
    const [plane] = [resizeImage(image, 32, 32).data];
    const recorded = Array.from(fixture.tensor(`wafer/${i}/x`).values, (x) => Math.round(x * 255));
    assertEquals([...plane, ...plane, ...plane], recorded, `wafer ${i}`);
  }
});

Deno.test("resizeImage() gives the pixels of the golden vectors", () => {
  // An 8-bit image of the value (7x + 13y + 29c) mod 256, resized by Pillow.
  const image = (width: number, height: number): PixelImage => ({
    width,
    height,
    data: Uint8Array.from({ length: width * height * 3 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return (7 * (pixel % width) + 13 * Math.floor(pixel / width) + 29 * (i % 3)) % 256;
    }),
  });
  const cases = [
    { size: [50, 40], first: [6, 35, 64], last: [76, 105, 134], sum: 390_962 },
    { size: [20, 25], first: [0, 29, 58], last: [189, 218, 247], sum: 389_312 },
    { size: [640, 480], first: [134, 136, 133], last: [121, 119, 122], sum: 392_106 },
  ];
  for (const { size: [width, height], first, last, sum } of cases) {
    const { data } = resizeImage(image(width!, height!), 32, 32);
    assertEquals([...data.subarray(0, 3)], first);
    assertEquals([...data.subarray(-3)], last);
    assertEquals(data.reduce((total, value) => total + value, 0), sum);
  }
  // Captioned images: to 480 x 640, the middle 480 x 480, to 224 x 224.
  const tall = resizeImage(image(640, 480), 480, 640);
  const { data } = resizeImage(cropCentre(tall, 480, 480), 224, 224);
  assertEquals([...data.subarray(0, 3)], [30, 56, 85]);
  const at = (100 * 224 + 50) * 3;
  assertEquals([...data.subarray(at, at + 3)], [39, 68, 97]);
  assertEquals(data.reduce((total, value) => total + value, 0), 19_223_865);
});

Deno.test("cropImage() equals Pillow, also where the box reaches over the border", () => {
  const data = Deno.readFileSync(new URL("square.bin", folder));
  const image = { width: 37, height: 30, data };
  for (const { box: [left, top, right, bottom], sha256: wanted } of expected.cropped) {
    const cropped = cropImage(image, { left, top, right, bottom });
    assertEquals([cropped.width, cropped.height], [right - left, bottom - top]);
    assertEquals(sha256(cropped.data), wanted);
  }
  assertEquals(cropImage(image, { left: 5, top: 5, right: 3, bottom: 9 }).data.length, 0);
});

Deno.test("cropCentre() rounds half a pixel to the even side", () => {
  const row = (width: number): PixelImage => ({
    width,
    height: 1,
    channels: 1,
    data: Uint8Array.from({ length: width }, (_, i) => i),
  });
  const first = (width: number, target: number) => cropCentre(row(width), target, 1).data[0];
  assertEquals([first(5, 4), first(7, 4), first(9, 4), first(4, 4)], [0, 2, 2, 0]);
});

Deno.test("toPlanes() moves the channels to the front", () => {
  const data = Uint8Array.of(1, 2, 3, 4, 5, 6);
  assertEquals([...toPlanes({ width: 2, height: 1, data })], [1, 4, 2, 5, 3, 6]);
  assertEquals([...toPlanes({ width: 3, height: 1, channels: 2, data })], [1, 3, 5, 2, 4, 6]);
  assert(toPlanes({ width: 1, height: 1, channels: 1, data: Uint8Array.of(9) })[0] === 9);
});

/** The filter in floating point, as its definition has it, without rounding in between. */
function exactResize(image: PixelImage, width: number, height: number): Float64Array {
  const channels = image.channels ?? 3;
  const weights = (size: number, target: number) =>
    Array.from({ length: target }, (_, i) => {
      const scale = Math.max(1, size / target);
      const centre = (i + 0.5) * size / target;
      const all = Array.from(
        { length: size },
        (_, x) => Math.max(0, 1 - Math.abs(x + 0.5 - centre) / scale),
      );
      const sum = all.reduce((total, weight) => total + weight, 0);
      return all.map((weight) => weight / sum);
    });
  const across = weights(image.width, width);
  const down = weights(image.height, height);
  const result = new Float64Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        down[y]!.forEach((b, row) =>
          b > 0 && across[x]!.forEach((a, column) => {
            sum += a * b * image.data[(row * image.width + column) * channels + channel]!;
          })
        );
        result[(y * width + x) * channels + channel] = sum;
      }
    }
  }
  return result;
}

Deno.test("resizeImage() stays within rounding of the exact filter at any size", () => {
  let seed = 1;
  const next = (bound: number) => (seed = seed * 48271 % 0x7fffffff) % bound;
  for (let i = 0; i < 60; i++) {
    const [width, height] = [1 + next(40), 1 + next(40)];
    const channels = 1 + next(4);
    const data = Uint8Array.from({ length: width * height * channels }, () => next(256));
    const image = { width, height, channels, data };
    const target = [1 + next(40), 1 + next(40)] as const;
    const resized = resizeImage(image, ...target);
    const exact = exactResize(image, ...target);
    resized.data.forEach((value, at) => {
      // Two roundings to whole grey levels, of which the first is averaged again.
      assert(Math.abs(value - exact[at]!) <= 1.001, `${width}x${height} to ${target}`);
    });
  }
});

Deno.test("resizeImage() leaves an even image even", () => {
  for (const value of [0, 1, 127, 254, 255]) {
    const data = new Uint8Array(13 * 29 * 3).fill(value);
    const { data: resized } = resizeImage({ width: 13, height: 29, data }, 8, 50);
    assertEquals(new Set(resized), new Set([value]));
  }
});
