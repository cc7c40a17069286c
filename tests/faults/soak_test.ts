import { fromFileUrl, join } from "../../lib/util/path.ts";
import { assertEquals, assertLess } from "../assert.ts";
import { tensorflowAvailable } from "../engine_available.ts";
import { inTemporaryFolder } from "../train/temporary_folder.ts";

const child = fromFileUrl(new URL("soak_child.ts", import.meta.url));
const root = fromFileUrl(new URL("../../", import.meta.url));

/** Steps of each run; the long form takes more. */
const steps = Number(Deno.env.get("METAMAE_TEST_SOAK_STEPS") ?? 160);

/** The growth that is allowed, in bytes a step; short runs cannot tell it from settling in. */
const growth = 1e6 / 1000;
const measurable = steps >= 5000;

for (const compile of ["xla", "graph"] as const) {
  Deno.test({
    name: `tensors and memory stay as they are over many steps, compiled by ${compile}`,
    ignore: !tensorflowAvailable,
    fn: () =>
      inTemporaryFolder(async (folder) => {
        const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
          args: [
            ...["run", "--quiet", "--no-prompt", "--config", join(root, "deno.json")],
            ...["--allow-read", "--allow-write", "--allow-env", "--allow-ffi"],
            ...[child, join(folder, "run"), String(steps), compile],
          ],
        }).output();
        const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
        assertEquals([success, text(stderr)], [true, ""]);
        const rows = text(stdout).trim().split("\n").map((line) => line.split(" ").map(Number));
        assertEquals(
          rows.map(([step]) => step),
          rows.map((_, i) => (i + 1) * Math.floor(steps / 16)),
        );
        assertEquals(new Set(rows.slice(0, -1).map(([, tensors]) => tensors)).size, 1, `${rows}`);
        if (measurable) assertLess(slope(rows.slice(4)), growth, `${rows}`);
      }),
  });
}

/** Least-squares slope of the third column over the first. */
function slope(rows: readonly (readonly number[])[]): number {
  const mean = (column: number) => rows.reduce((sum, row) => sum + row[column]!, 0) / rows.length;
  const [x, y] = [mean(0), mean(2)];
  const sum = (of: (row: readonly number[]) => number) =>
    rows.reduce((all, row) => all + of(row), 0);
  return sum((row) => (row[0]! - x) * (row[2]! - y)) / sum((row) => (row[0]! - x) ** 2);
}
