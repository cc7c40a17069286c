import { shellQuote } from "../../lib/train/resume_command.ts";
import { assertEquals } from "../assert.ts";

Deno.test("shellQuote leaves plain words alone and quotes the others for a POSIX shell", () => {
  assertEquals(shellQuote("runs/a-1_b.c"), "runs/a-1_b.c");
  assertEquals(shellQuote("my run"), "'my run'");
  assertEquals(shellQuote("it's"), "'it'\\''s'");
  assertEquals(shellQuote("$HOME"), "'$HOME'");
  assertEquals(shellQuote(""), "''");
});
