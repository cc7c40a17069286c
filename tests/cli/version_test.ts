import { readVersions, versionDocument, versionText } from "../../cli/main.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";

const versions = { metamae: "1.2.3", deno: "2.0.0", tfjs: "4.0.0", libtensorflow: "2.21.0" };

Deno.test("versionText tells how to get libtensorflow where there is none", () => {
  assertEquals(
    versionText(versions),
    "metamae        1.2.3\ndeno           2.0.0\ntensorflow.js  4.0.0\nlibtensorflow  2.21.0",
  );
  assertStringIncludes(
    versionText({ ...versions, libtensorflow: null }),
    'not installed; "metamae engine install"',
  );
});

Deno.test("versionDocument names its schema", () => {
  assertEquals(versionDocument(versions), { schema: "metamae/version", version: 1, ...versions });
});

Deno.test("readVersions takes the program's version from its manifest", async () => {
  const manifest = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  const { metamae, deno, tfjs } = await readVersions();
  assertEquals([metamae, deno], [manifest.version, Deno.version.deno]);
  assert(manifest.imports["@tensorflow/tfjs"].endsWith(`@${tfjs}`));
});
