import { main, type Surroundings } from "../../cli/main.ts";
import { assert, assertEquals, assertFalse, assertStringIncludes } from "../assert.ts";
import { memorySurroundings } from "./surroundings.ts";

async function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const surroundings = memorySurroundings(environment);
  const code = await main(args, surroundings);
  return { code, stdout: surroundings.stdout.text, stderr: surroundings.stderr.text };
}

Deno.test("main shows a command's help for --help, -h and the word help", async () => {
  const { code, stdout } = await run(["inspect", "--help"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "Usage: metamae inspect STORE");
  for (const args of [["inspect", "-h"], ["help", "inspect"], ["inspect", "a.store", "--help"]]) {
    assertEquals((await run(args)).stdout, stdout);
  }
  assertEquals((await run(["help"])).stdout, (await run(["--help"])).stdout);
});

Deno.test("main does not take --help behind -- for a request of help", async () => {
  const { code, stdout } = await run(["datasets", "--", "--help"]);
  assertEquals([code, stdout], [2, ""]);
});

Deno.test("main refuses help of a command that does not exist", async () => {
  const { code, stderr } = await run(["help", "inspekt"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'Did you mean "inspect"?');
});

Deno.test("main lists data sets with input and metric, and shows one with variants", async () => {
  const { stdout: list } = await run(["datasets"]);
  assertStringIncludes(list, "image 1x28x28, patch 4");
  const { stdout: page } = await run(["datasets", "mnist"]);
  assertStringIncludes(page, "MNIST digits (packaged) (mnist)");
  assertStringIncludes(page, "metamae tokenize mnist --out mnist.store");
  const { stdout: raw } = await run(["datasets", "cifar10"]);
  assertStringIncludes(raw, "metamae tokenize cifar10 --raw DIR");
  assertStringIncludes(raw, "md5 ");
});

Deno.test("main lists methods, and shows one with options, defaults and ranges", async () => {
  const { stdout: list } = await run(["methods"]);
  for (const name of ["metamae", "mae", "scratch"]) assertStringIncludes(list, `\n${name}`);
  const { stdout: page } = await run(["methods", "metamae"]);
  assertStringIncludes(page, "NeurIPS 2023");
  assert(/--mask-ratio +0\.5 +0 to 1 +Share/.test(page), page);
  assert(/--temperature +0\.5 +above 0 /.test(page), page);
  assertStringIncludes((await run(["methods", "scratch"])).stdout, "Options\nnone");
});

Deno.test("main prints versions as text and as a document", async () => {
  const { stdout } = await run(["--version"]);
  assert(/^metamae +\d+\.\d+\.\d+\ndeno +\d/.test(stdout), stdout);
  const document = JSON.parse((await run(["-V", "--json"])).stdout);
  assertEquals(document.schema, "metamae/version");
  assertEquals(document.deno, Deno.version.deno);
  assert(/^\d+\.\d+\.\d+$/.test(document.tfjs));
});

Deno.test("main shows a stack trace only with METAMAE_DEBUG", async () => {
  const args = ["datasets", "nothing"];
  assertFalse((await run(args)).stderr.includes("    at "));
  assert((await run(args, { METAMAE_DEBUG: "1" })).stderr.includes("    at "));
});

Deno.test("main prints errors as JSON when the environment asks for it", async () => {
  const { stderr } = await run(["datasets", "nothing"], { METAMAE_JSON: "true" });
  assertEquals(JSON.parse(stderr).exitCode, 2);
  const plain = await run(["datasets", "nothing", "--no-json"], { METAMAE_JSON: "true" });
  assert(plain.stderr.startsWith("Error: Unknown data set"));
});

Deno.test("main ends with exit code 7 when the environment must not be read", async () => {
  const surroundings: Surroundings = {
    ...memorySurroundings(),
    environment: (name) => {
      throw new Deno.errors.NotCapable(
        `Requires env access to "${name}", run again with the --allow-env flag`,
      );
    },
  };
  assertEquals(await main(["doctor"], surroundings), 7);
});

Deno.test("main calls a programming error an internal error with exit code 1", async () => {
  const { stdout, stderr } = memorySurroundings();
  const broken: Surroundings = {
    stderr,
    stdout: {
      ...stdout,
      write: () => {
        throw new TypeError("x is not a function");
      },
    },
    environment: () => undefined,
  };
  assertEquals(await main(["datasets"], broken), 1);
  assertStringIncludes(stderr.text, "Error: Internal error: x is not a function");
  assertStringIncludes(stderr.text, "METAMAE_DEBUG=1");
});

Deno.test("main is quiet when both of its streams are closed", async () => {
  const closed = {
    terminal: false,
    width: 80,
    write: () => {
      throw new Deno.errors.BrokenPipe("gone");
    },
  };
  const surroundings = { stdout: closed, stderr: closed, environment: () => undefined };
  assertEquals(await main(["datasets"], surroundings), 0);
  assertEquals(await main(["datasets", "nothing"], surroundings), 2);
});
