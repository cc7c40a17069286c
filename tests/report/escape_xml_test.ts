import { assertEquals } from "../assert.ts";
import { escapeXml } from "../../lib/report/escape_xml.ts";

Deno.test("escapeXml() escapes for text and both kinds of quotes", () => {
  assertEquals(
    escapeXml(`<a b="c" d='e'>&amp;`),
    "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;",
  );
});

Deno.test("escapeXml() replaces control characters that XML forbids, but not line ends", () => {
  assertEquals(escapeXml("a\u0000b\u001bc\td\n"), "a\ufffdb\ufffdc\td\n");
});
