import { verdictLine } from "./main.ts";
import { fromFileUrl } from "../../lib/util/path.ts";
import { assertEquals, assertStringIncludes } from "../assert.ts";
import { makeTempDir } from "../temporary.ts";

const root = fromFileUrl(new URL("../..", import.meta.url));

/** Runs the task with the permissions that it states. */
async function parity(...args: string[]) {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-read", "--allow-env", "--allow-ffi", "tests/parity/main.ts", ...args],
    cwd: root,
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout), errors: decoder.decode(stderr) };
}

Deno.test("parity task prints a verdict a case and exits with 0 where all pass", async () => {
  const { code, output } = await parity("--backend", "wasm", "--cases", "rng,probe_binary");
  assertStringIncludes(output, "2 of 2 cases pass");
  assertStringIncludes(output, "probe_binary");
  assertEquals(code, 0);
});

Deno.test("parity task exits with 1 for a case of an unknown kind", async () => {
  const folder = await makeTempDir();
  await Deno.writeTextFile(`${folder}/odd.json`, '{"case": "odd", "method": "telepathy"}');
  const { code, output } = await parity(folder, "--backend", "cpu");
  assertStringIncludes(output, 'unknown kind "telepathy"');
  assertStringIncludes(output, "0 of 1 cases pass");
  assertEquals(code, 1);
});

Deno.test("parity task exits with 2 for bad flags and 7 where no case matches", async () => {
  const unknown = await parity("--glob", "x");
  assertEquals(unknown.code, 2);
  assertStringIncludes(unknown.errors, "--glob");
  const backend = await parity("--backend", "tensorflw");
  assertEquals(backend.code, 2);
  assertStringIncludes(backend.errors, "the valid names are auto, tensorflow, wasm, cpu");
  assertEquals((await parity("--backend", "cpu", "--cases", "nothing")).code, 7);
});

Deno.test("verdictLine() shows the worst error beside its tolerance", () => {
  const worst = { name: "enc/z", error: 1.5e-6, tolerance: 1e-5 };
  const line = verdictLine({ name: "toy", result: { worst, pass: true, checked: 3 }, seconds: 2 });
  assertEquals(
    line.replace(/ +/g, " "),
    "toy 1.50e-6 1.00e-5 ok 3 comparisons, 2.0 s, worst enc/z",
  );
});
