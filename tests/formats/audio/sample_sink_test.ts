import { assertEquals, assertThrows } from "../../assert.ts";
import { createSampleSink, mostSamples } from "../../../lib/formats/audio/audio.ts";
import { DataError } from "../../../lib/util/errors.ts";

Deno.test("createSampleSink() joins blocks and scales them", () => {
  const sink = createSampleSink({ channels: 2, samples: 5 }, "a.flac");
  sink.append([[1, 2, -4], [0, 8, 0]], 8);
  assertEquals(sink.length, 3);
  sink.append([[8, -8], [4, 4]], 8);
  assertEquals(sink.finish().map((samples) => Array.from(samples)), [
    [0.125, 0.25, -0.5, 1, -1],
    [0, 1, 0, 0.5, 0.5],
  ]);
});

Deno.test("createSampleSink() grows far beyond its first memory where the length is unknown", () => {
  const sink = createSampleSink({ channels: 1, samples: 0 }, "a.flac");
  const block = Int32Array.from({ length: 100_000 }, (_, i) => i);
  for (let i = 0; i < 12; i++) sink.append([block], 1);
  const [samples] = sink.finish();
  assertEquals([samples!.length, samples![1_199_999], samples![1_100_000]], [1_200_000, 99_999, 0]);
});

Deno.test("createSampleSink() refuses more than was promised, and promises beyond the limit", () => {
  const sink = createSampleSink({ channels: 1, samples: 2 }, "a.flac");
  assertThrows(
    () => sink.append([[1, 2, 3]], 1),
    DataError,
    'Cannot read "a.flac": it has 3 samples or more, 2 are expected',
  );
  assertThrows(
    () => createSampleSink({ channels: 2, samples: mostSamples }, "a.flac"),
    DataError,
    `at most ${mostSamples} are allowed`,
  );
});
