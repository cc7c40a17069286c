import {
  createOutput,
  createStyle,
  type Environment,
  useColor,
} from "../../lib/terminal/output.ts";
import { assertEquals } from "../assert.ts";
import { memorySink } from "../cli/surroundings.ts";

function env(values: Readonly<Record<string, string>>): Environment {
  return (name) => values[name];
}

Deno.test("useColor follows terminal, NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, TERM and CI", () => {
  const color = (terminal: boolean, values: Record<string, string>) =>
    useColor(memorySink({ terminal }), env(values));
  assertEquals(color(true, {}), true);
  assertEquals(color(false, {}), false);
  assertEquals(color(true, { NO_COLOR: "1" }), false);
  assertEquals(color(true, { NO_COLOR: "0" }), false);
  assertEquals(color(true, { NO_COLOR: "" }), true);
  assertEquals(color(false, { FORCE_COLOR: "1" }), true);
  assertEquals(color(false, { CLICOLOR_FORCE: "1" }), true);
  assertEquals(color(false, { FORCE_COLOR: "1", NO_COLOR: "1" }), false);
  assertEquals(color(true, { TERM: "dumb" }), false);
  assertEquals(color(true, { CI: "true" }), false);
});

Deno.test("createStyle returns text unchanged without colour", () => {
  assertEquals(createStyle(false).bold("x"), "x");
  assertEquals(createStyle(true).red("x"), "\x1b[31mx\x1b[39m");
});

Deno.test("createOutput prints results on stdout and everything else on stderr", () => {
  const [stdout, stderr] = [memorySink(), memorySink()];
  const output = createOutput(stdout, stderr, { json: false, quiet: false, environment: env({}) });
  output.note("note");
  output.warn("careful");
  output.result({ schema: "metamae/x", version: 1 }, () => "text");
  assertEquals(stdout.text, "text\n");
  assertEquals(stderr.text, "note\nWarning: careful\n");
});

Deno.test("createOutput prints one document and no text with --json", () => {
  const [stdout, stderr] = [memorySink(), memorySink()];
  const output = createOutput(stdout, stderr, { json: true, quiet: false, environment: env({}) });
  output.result({ schema: "metamae/x", version: 1, value: 0.1 }, () => {
    throw new Error("text is not wanted");
  });
  assertEquals(JSON.parse(stdout.text), { schema: "metamae/x", version: 1, value: 0.1 });
});

Deno.test("createOutput keeps warnings but no notes and no progress when quiet", () => {
  const [stdout, stderr] = [memorySink(), memorySink()];
  const output = createOutput(stdout, stderr, { json: false, quiet: true, environment: env({}) });
  output.note("note");
  const progress = output.progress("x", "steps");
  progress.update({ done: 1 });
  progress.finish();
  output.warn("careful");
  assertEquals(stderr.text, "Warning: careful\n");
});

Deno.test("createOutput clears a progress line before it writes a warning", () => {
  const stderr = memorySink({ terminal: true });
  const output = createOutput(memorySink(), stderr, {
    json: false,
    quiet: false,
    environment: env({ NO_COLOR: "1" }),
  });
  output.progress("x", "steps").update({ done: 1 });
  output.warn("careful");
  assertEquals(stderr.text.endsWith("\r\x1b[KWarning: careful\n"), true);
});

Deno.test("createOutput writes plain lines of progress in CI even on a terminal", () => {
  const stderr = memorySink({ terminal: true });
  const output = createOutput(memorySink(), stderr, {
    json: false,
    quiet: false,
    environment: env({ CI: "1" }),
  });
  output.progress("x", "steps").update({ done: 1, rate: "1 steps/s" });
  assertEquals(stderr.text, "x  1 steps  1 steps/s\n");
});
