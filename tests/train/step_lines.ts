/**
 * Reading what a training process reports.
 *
 * @module
 */

/** The numbers of the lines `step N`, as they come. */
export async function* stepLines(
  stdout: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<number> {
  let rest = "";
  for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line.startsWith("step ")) yield Number(line.slice(5));
  }
}
