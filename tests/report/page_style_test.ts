import { assert, assertEquals } from "../assert.ts";
import { pageStyle } from "../../lib/report/page_style.ts";
import { colorVariables } from "../../lib/report/theme.ts";

Deno.test("pageStyle defines every variable that it uses, light and dark", () => {
  const used = new Set([...pageStyle.matchAll(/var\((--[\w-]+)\)/g)].map(([, name]) => name!));
  assert(used.size > 5);
  for (const name of used) assert(pageStyle.includes(`${name}:#`), name);
  assert(pageStyle.includes(colorVariables("light")));
  assert(pageStyle.includes(`prefers-color-scheme:dark){:root{${colorVariables("dark")}}`));
});

Deno.test("pageStyle balances its braces and cannot end the element that holds it", () => {
  assertEquals(pageStyle.split("{").length, pageStyle.split("}").length);
  assert(!pageStyle.includes("</"));
});

Deno.test("pageStyle shows the focus and respects readers who want no motion", () => {
  assert(/:focus-visible/.test(pageStyle));
  assert(/prefers-reduced-motion/.test(pageStyle));
});
