import { shellLine } from "../../lib/util/shell.ts";
import { assertEquals } from "../assert.ts";

Deno.test("shellLine leaves plain words as they are", () => {
  assertEquals(shellLine(["metamae", "--out=/a/b-c_d.e", "x:1"]), "metamae --out=/a/b-c_d.e x:1");
});

Deno.test("shellLine quotes what a shell would change, so that it reads the same words", async () => {
  const words = ["a b", "it's", "$HOME", "*", "", "~", "ü;&|", "line\nend", "mnist/mae>=85"];
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", `printf '%s\\0' ${shellLine(words)}`],
  }).output();
  assertEquals(new TextDecoder().decode(stdout).split("\0").slice(0, -1), words);
});
Deno.test("shellLine leaves a plain word alone and quotes the others for a POSIX shell", () => {
  assertEquals(shellLine(["runs/a-1_b.c"]), "runs/a-1_b.c");
  assertEquals(shellLine(["my run"]), "'my run'");
  assertEquals(shellLine(["it's"]), "'it'\\''s'");
  assertEquals(shellLine(["$HOME"]), "'$HOME'");
  assertEquals(shellLine([""]), "''");
});
