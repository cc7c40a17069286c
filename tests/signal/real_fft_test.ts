import { assert, assertThrows } from "../assert.ts";
import { createPowerSpectrum } from "../../lib/signal/log_mel.ts";
import { randomState } from "../../lib/reference/numpy_random.ts";

/** The definition of the transform. */
function slowPower(signal: Float64Array): Float64Array {
  const { length } = signal;
  return Float64Array.from({ length: length / 2 + 1 }, (_, k) => {
    let [re, im] = [0, 0];
    for (let n = 0; n < length; n++) {
      const angle = 2 * Math.PI * (k * n % length) / length;
      re += signal[n]! * Math.cos(angle);
      im -= signal[n]! * Math.sin(angle);
    }
    return re * re + im * im;
  });
}

Deno.test("createPowerSpectrum() equals the definition, call after call", () => {
  const generator = randomState(1);
  for (const length of [8, 32, 128, 2048]) {
    const spectrum = createPowerSpectrum(length);
    for (let call = 0; call < 2; call++) {
      const signal = Float64Array.from({ length }, () => generator.random() - 0.5);
      const power = new Float64Array(length / 2 + 1);
      spectrum(signal, power);
      slowPower(signal).forEach((value, k) => {
        assert(Math.abs(power[k]! - value) < 1e-11 * length, `frequency ${k} of ${length}`);
      });
    }
  }
});

Deno.test("createPowerSpectrum() refuses other lengths", () => {
  for (const length of [2, 16, 64, 1000, 1024]) {
    assertThrows(
      () => createPowerSpectrum(length),
      RangeError,
      `Cannot transform ${length} samples`,
    );
  }
});
