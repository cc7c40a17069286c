import { tf } from "../../lib/engine/backend/tf.ts";
import { checkHeads } from "../../lib/nn/architecture.ts";
import { linear, parameter, project } from "../../lib/nn/linear.ts";
import { defaultLinearSpecs, linearSpecs, normSpecs, xavier } from "../../lib/nn/parameter_spec.ts";
import { UsageError } from "../../lib/util/errors.ts";
import { assertEquals, assertThrows } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";

Deno.test("linearSpecs() starts weights by Xavier and biases at zero unless told otherwise", () => {
  const [weight, bias] = linearSpecs("a", 4, 2);
  assertEquals(weight, {
    name: "a.weight",
    shape: [4, 2],
    trainable: true,
    initializer: xavier(4, 2),
  });
  assertEquals(bias!.initializer, { kind: "constant", value: 0 });
  const [free, offset] = defaultLinearSpecs("a", 4, 16);
  assertEquals(free!.initializer, { kind: "uniform", bound: 0.25 });
  assertEquals(offset!.initializer, { kind: "uniform", bound: 0.25 });
  assertEquals(offset!.shape, [4]);
});

Deno.test("normSpecs() starts at ones and zeros", () => {
  const values = normSpecs("n", 3).map(({ initializer }) => initializer);
  assertEquals(values, [{ kind: "constant", value: 1 }, { kind: "constant", value: 0 }]);
});

testOnBackends("linear() applies weights that are stored (out, in) over the last axis", () => {
  const [plain, shifted] = tf.tidy(() => {
    const x = tf.tensor3d([[[1, 2], [3, 4]]]);
    const parameters = {
      "l.weight": tf.tensor2d([[1, 0], [0, 1], [1, -1]]),
      "l.bias": tf.tensor1d([0, 10, 0]),
    };
    return [
      project(x, parameters["l.weight"]).arraySync(),
      linear(parameters, "l", x).arraySync(),
    ];
  });
  assertEquals(plain, [[[1, 2, -1], [3, 4, -1]]]);
  assertEquals(shifted, [[[1, 12, -1], [3, 14, -1]]]);
});

Deno.test("parameter() names the entry that is missing", () => {
  assertThrows(() => parameter({}, "encoder.0"), TypeError, '"encoder.0"');
});

Deno.test("checkHeads() refuses a width that the heads do not divide", () => {
  checkHeads("encoder", 12, 3);
  assertThrows(
    () => checkHeads("decoder", 10, 4),
    UsageError,
    "its width 10 is no multiple of its 4",
  );
});
