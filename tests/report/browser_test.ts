import { decode } from "fast-png";
import { assert, assertEquals } from "../assert.ts";
import { writeReport } from "../../lib/report/report.ts";
import { join } from "../../lib/util/path.ts";
import { findBrowser, type Screen, startBrowser } from "./browser.ts";
import { result, writeGallery, writeJson, writeRun } from "./result_files.ts";

const browser = await findBrowser();

const screens: readonly Screen[] = [
  { width: 1280, scheme: "light", isPhone: false },
  { width: 1280, scheme: "dark", isPhone: false },
  { width: 360, scheme: "light", isPhone: true },
  { width: 360, scheme: "dark", isPhone: true },
];

Deno.test({
  name: "writeReport()'s page in a browser fits every screen, sorts, and reports no trouble",
  ignore: browser === undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      for (const [method, accuracy] of Object.entries({ scratch: 0.8, mae: 0.9, metamae: 0.85 })) {
        await writeJson(join(folder, `${method}.json`), result({ method, accuracy }));
        await writeJson(
          join(folder, `${method}-pamap2.json`),
          result({ method, accuracy, dataset: "pamap2" }),
        );
      }
      await writeRun(join(folder, "run"));
      const input = { kind: "series", channels: 3, length: 320, patch: 5 } as const;
      await writeGallery(join(folder, "features"), input, { dataset: "pamap2" });
      const out = join(folder, "report of all");
      await writeReport({ paths: [folder], out, formats: ["html"] });
      await using page = await startBrowser(browser!);
      const corners: number[] = [];
      for (const screen of screens) {
        await page.open(join(out, "index.html"), screen);
        const name = `${screen.width} ${screen.scheme}`;
        assertEquals(page.incidents, [], name);
        const width = await page.evaluate<number>("document.documentElement.scrollWidth");
        assertEquals(width, screen.width, `${name}: nothing sticks out`);
        const cut = await page.evaluate<string[]>(`[...document.querySelectorAll("figure svg")]
          .filter((svg) => svg.getBoundingClientRect().right > ${screen.width})
          .map((svg) => svg.getAttribute("aria-label"))`);
        assertEquals(cut, [], name);
        corners.push(decode(await page.screenshot()).data[0]!);
      }
      assert(corners[0]! > 200 && corners[1]! < 60, `light and dark differ: ${corners}`);
      const names = `[...document.querySelectorAll("#data-mnist-default ~ .scroll tbody th")]
        .map((th) => th.firstChild.textContent).join(" ")`;
      assertEquals(await page.evaluate(names), "Scratch MAE MetaMAE");
      await page.evaluate(
        `document.querySelectorAll("#data-mnist-default ~ .scroll thead button")[1].click()`,
      );
      assertEquals(await page.evaluate(names), "MAE MetaMAE Scratch");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
