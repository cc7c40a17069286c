/**
 * Runs many command lines in one process, for the net: a JSON list of argument lists comes on
 * standard input, one JSON line of exit code and texts goes out for each, in their order.
 *
 * @module
 */

import { main } from "../../cli/main.ts";

const list: readonly (readonly string[])[] = JSON.parse(
  await new Response(Deno.stdin.readable).text(),
);
for (const args of list) {
  const [out, err]: [string[], string[]] = [[], []];
  const sink = (parts: string[]) => ({
    terminal: false,
    width: 100,
    write: (text: string) => void parts.push(text),
  });
  const code = await main(args, {
    stdout: sink(out),
    stderr: sink(err),
    environment: (name) => Deno.env.get(name),
  });
  console.log(JSON.stringify({ code, stdout: out.join(""), stderr: err.join("") }));
}
