import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";
import { readAudio } from "../../../lib/formats/audio/read_audio.ts";
import { DataError } from "../../../lib/util/errors.ts";

interface Expected {
  readonly rate: number;
  readonly samples: number;
  readonly picks: readonly number[];
  readonly channels: readonly (readonly number[])[];
  readonly sums: readonly number[];
}

const raw = new URL("../../fixtures/raw/", import.meta.url);
const expected: Readonly<Record<string, Expected>> =
  JSON.parse(Deno.readTextFileSync(new URL("speech.json", raw))).audio;

Deno.test("readAudio() equals libsndfile for every encoding, sample for sample", () => {
  for (const [name, wanted] of Object.entries(expected)) {
    const audio = readAudio(Deno.readFileSync(new URL(`audio/${name}`, raw)), { name });
    assertEquals(audio.sampleRate, wanted.rate, name);
    assertEquals(audio.channels.map(({ length }) => length), wanted.sums.map(() => wanted.samples));
    const picked = audio.channels.map((samples) => wanted.picks.map((i) => samples[i]!));
    assertEquals(picked, wanted.channels.map((values) => Array.from(values)), name);
    audio.channels.forEach((samples, c) => {
      const sum = samples.reduce((total, value) => total + Math.abs(value), 0);
      assertAlmostEquals(sum, wanted.sums[c]!, 1e-9, name);
    });
  }
  assert(Object.keys(expected).length >= 25);
});

Deno.test("readAudio() refuses what is neither WAV nor FLAC", () => {
  for (const text of ["", "fLa", "OggS and more", "RIFF1234AVI LIST", "RIFX1234WAVEfmt "]) {
    assertThrows(
      () => readAudio(new TextEncoder().encode(text), { name: "a.wav" }),
      DataError,
      'Cannot read "a.wav": it starts like neither a WAV nor a FLAC file',
    );
  }
});
