import { quietStderr } from "../../../lib/engine/native/quiet_stderr.ts";
import { assertEquals } from "../../assert.ts";

Deno.test({
  name: "quietStderr() sends descriptor 2 to the file until it is undone",
  ignore: Deno.build.os === "windows",
  fn() {
    const name = Deno.build.os === "darwin" ? "libSystem.B.dylib" : "libc.so.6";
    const libc = Deno.dlopen(name, {
      write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
    });
    const file = Deno.makeTempFileSync();
    try {
      const remark = new TextEncoder().encode("a remark of a library\n");
      const restore = quietStderr(file);
      libc.symbols.write(2, remark, BigInt(remark.length));
      restore();
      assertEquals(Deno.readTextFileSync(file), "a remark of a library\n");
    } finally {
      libc.close();
      Deno.removeSync(file);
    }
  },
});

Deno.test("quietStderr() leaves everything as it is where the file cannot be opened", () => {
  quietStderr("/nowhere/to/be/found/engine.log")();
});
