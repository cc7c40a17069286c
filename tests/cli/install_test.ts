import { fromFileUrl } from "../../lib/util/path.ts";
import { assertEquals, assertStringIncludes } from "../assert.ts";
import { leastPermissions } from "./program.ts";

Deno.test({
  name: "deno install makes metamae a command that works in another folder",
  ignore: Deno.build.os === "windows",
  async fn() {
    const root = await Deno.makeTempDir({ prefix: "metamae install " });
    try {
      const checkout = new URL("../../", import.meta.url);
      const install = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["install", "-q", "-g", "-n", "metamae", "--root", root, "--no-prompt"],
          ...["--config", fromFileUrl(new URL("deno.json", checkout))],
          ...leastPermissions,
          fromFileUrl(new URL("cli/main.ts", checkout)),
        ],
      }).output();
      assertEquals(install.code, 0, new TextDecoder().decode(install.stderr));
      const run = async (...args: readonly string[]) => {
        const { code, stdout, stderr } = await new Deno.Command("sh", {
          args: [`${root}/bin/metamae`, ...args],
          cwd: root,
        }).output();
        const decoder = new TextDecoder();
        return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
      };
      const made = await run("tokenize", "mnist", "--limit", "4", "--out", "a.store", "--quiet");
      assertEquals([made.code, made.stderr], [0, ""]);
      const seen = await run("inspect", "a.store");
      assertStringIncludes(seen.stdout, "train        4");
      assertEquals((await run("inspect", "b.store")).code, 7);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});
