import { assert, assertEquals } from "../assert.ts";
import { drawGallery, type GalleryView } from "../../lib/report/gallery.ts";
import { paperTheme } from "../../lib/report/theme.ts";
import { parseSvg } from "./parse.ts";

const image = { kind: "image", channels: 1, height: 2, width: 2, patch: 1 } as const;
const sample = { original: [0, 1, 2, 3], mask: [0, 1, 0, 1], before: [0, 0, 2, 0] };

function view(changes: Partial<GalleryView> = {}): GalleryView {
  return { input: image, samples: [sample], slot: 6, description: 'a "gallery"', ...changes };
}

function labels(changes: Partial<GalleryView> = {}) {
  const svg = parseSvg(drawGallery(view(changes), paperTheme));
  return [...svg.querySelectorAll("text")].map(({ textContent }) => textContent);
}

Deno.test("drawGallery() has a row for originals, hidden inputs and each reconstruction", () => {
  const adapted = [{ ...sample, after: [0, 1, 2, 3] }];
  assertEquals(labels({ samples: adapted }), [
    "Original",
    "Input, hidden patches in grey",
    "Filled in, before adaptation",
    "Filled in, after adaptation",
  ]);
  assertEquals(labels(), ["Original", "Input, hidden patches in grey", "Filled in"]);
});

Deno.test("drawGallery() shows as many samples as fit, in pictures that stay sharp", () => {
  const svg = parseSvg(drawGallery(view({ samples: Array(20).fill(sample) }), paperTheme));
  const images = [...svg.querySelectorAll("image")];
  assertEquals(images.length, 3 * 6);
  for (const picture of images) {
    assert(picture.getAttribute("href")!.startsWith("data:image/png;base64,"));
    assert(picture.getAttribute("style")!.includes("pixelated"));
  }
  assertEquals(svg.getAttribute("aria-label"), 'a "gallery"');
});

Deno.test("drawGallery() draws every kind of input", () => {
  const inputs = [
    { kind: "series", channels: 1, length: 4, patch: 1 },
    { kind: "tabular", features: 4 },
    { kind: "tokens", vocabulary: 4, length: 4 },
    { kind: "image", channels: 1, height: 2, width: 2, patch: 1 },
  ] as const;
  const shapes = inputs.map((input) => {
    const svg = parseSvg(drawGallery(view({ input }), paperTheme));
    return ["polyline", "image"].map((name) => svg.querySelectorAll(name).length > 0);
  });
  assertEquals(shapes, [[true, false], [false, false], [false, true], [false, true]]);
  const filled = drawGallery(view({ input: inputs[1] }), paperTheme);
  assert(filled.includes(paperTheme.series[6]!), "what was filled in has the method's colour");
});

Deno.test("drawGallery() gives contact sheets the shape of their tiles", () => {
  const input = { ...image, channels: 13 };
  const values = Array.from({ length: 52 }, (_, i) => i);
  const samples = [{ original: values, mask: sample.mask, before: values }];
  const picture = parseSvg(drawGallery(view({ input, samples }), paperTheme)).querySelector(
    "image",
  )!;
  const [width, height] = ["width", "height"].map((name) => Number(picture.getAttribute(name)));
  assertEquals([width, height], [168, 101], "five columns and three rows of squares");
});
