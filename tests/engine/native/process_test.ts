import { collectGarbage, peakMemory, redirectStderr } from "../../../lib/engine/native/process.ts";
import { assert, assertEquals, assertLess } from "../../assert.ts";

Deno.test("peakMemory() never falls and sees a large allocation", () => {
  const before = peakMemory();
  assert(before > 10e6, `${before} bytes`);
  const large = new Uint8Array(64e6).fill(1);
  const during = peakMemory();
  assert(during >= before && during >= large.length, `${during} bytes`);
});

Deno.test({
  name: "redirectStderr() sends descriptor 2 to the file until it is undone",
  ignore: Deno.build.os === "windows",
  fn() {
    const name = Deno.build.os === "darwin" ? "libSystem.B.dylib" : "libc.so.6";
    const libc = Deno.dlopen(name, {
      write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
    });
    const file = Deno.makeTempFileSync();
    try {
      const remark = new TextEncoder().encode("a remark of a library\n");
      const restore = redirectStderr(file);
      libc.symbols.write(2, remark, BigInt(remark.length));
      restore();
      assertEquals(Deno.readTextFileSync(file), "a remark of a library\n");
    } finally {
      libc.close();
      Deno.removeSync(file);
    }
  },
});

Deno.test("redirectStderr() leaves everything as it is where the file cannot be opened", () => {
  redirectStderr("/nowhere/to/be/found/engine.log")();
});

Deno.test("collectGarbage() frees at once what nothing reaches any more", () => {
  const held = Array.from({ length: 500_000 }, (_, i) => ({ i }));
  const full = Deno.memoryUsage().heapUsed;
  held.length = 0;
  collectGarbage();
  assertLess(Deno.memoryUsage().heapUsed, full - 10e6);
});
