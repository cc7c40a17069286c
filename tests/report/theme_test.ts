import { assert, assertEquals } from "../assert.ts";
import {
  colorVariables,
  methodSlot,
  pageColors,
  pageTheme,
  paperTheme,
  seriesColors,
} from "../../lib/report/theme.ts";

/** Contrast ratio of two colours (WCAG 2.2). */
function contrast(a: string, b: string): number {
  const luminance = (color: string) => {
    const [red, green, blue] = [1, 3, 5].map((i) => {
      const level = parseInt(color.slice(i, i + 2), 16) / 255;
      return level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

for (const setting of ["light", "dark"] as const) {
  Deno.test(`pageColors for text have a contrast of 4.5 on the ${setting} page`, () => {
    for (const name of ["text", "muted", "accent", "good", "bad"]) {
      for (const behind of ["background", "surface"]) {
        const ratio = contrast(pageColors[name]![setting], pageColors[behind]![setting]);
        assert(ratio >= 4.5, `${name} on ${behind}: ${ratio}`);
      }
    }
  });

  Deno.test(`seriesColors can be read as labels and told apart on the ${setting} page`, () => {
    for (const [slot, pair] of seriesColors.entries()) {
      const ratio = contrast(pair[setting], pageColors["background"]![setting]);
      assert(ratio >= 4.5, `series ${slot}: ${ratio}`);
    }
    assertEquals(new Set(seriesColors.map((pair) => pair[setting])).size, seriesColors.length);
  });
}

Deno.test("colorVariables() define every variable of the page's theme", () => {
  for (const setting of ["light", "dark"] as const) {
    const css = colorVariables(setting);
    for (const color of [pageTheme.background, pageTheme.text, ...pageTheme.series]) {
      assert(css.includes(color.slice(4, -1) + ":#"), color);
    }
  }
  assert(paperTheme.series.every((color) => color.startsWith("#")));
});

Deno.test("methodSlot() gives known methods slots of their own and unknown ones a spare one", () => {
  const known = ["scratch", "emix", "shed", "capri", "dabs-mae", "mae", "metamae"];
  assertEquals(known.map(methodSlot), [0, 1, 2, 3, 4, 5, 6]);
  const slot = methodSlot("my method");
  assert(slot >= known.length && slot < seriesColors.length);
  assertEquals(methodSlot("my method"), slot);
});
