import { createTensorSpool } from "../../lib/evaluate/features.ts";
import { readSafetensors, writeSafetensors } from "../../lib/formats/tensor/safetensors.ts";
import { disk } from "../../lib/util/file_system.ts";
import { join } from "../../lib/util/path.ts";
import { assertEquals } from "../assert.ts";
import { namesIn } from "../store/sample_stores.ts";
import { makeTempDir } from "../temporary.ts";

Deno.test("createTensorSpool() gives back what was appended, in pieces", async () => {
  const folder = await makeTempDir();
  const spool = await createTensorSpool(join(folder, "z.rows"), "float32", [3], disk);
  const rows = Float32Array.from({ length: 3 * 100_000 }, (_, i) => i / 7);
  await spool.append(rows.subarray(0, 9));
  await spool.append(rows.subarray(9));
  const path = join(folder, "z.safetensors");
  await writeSafetensors(path, [["z", spool.source()]]);
  await spool.remove();
  const z = (await readSafetensors(path)).tensors.get("z")!;
  assertEquals(z.shape, [100_000, 3]);
  assertEquals(z.data, rows);
  assertEquals(await namesIn(folder), ["z.safetensors"]);
});
