import { assertEquals, assertRejects } from "../assert.ts";
import { fillImages, sampleOptions } from "../store/sample_stores.ts";
import { createStore } from "../../lib/store/create_store.ts";
import { openStore } from "../../lib/store/store.ts";
import { MissingError } from "../../lib/util/errors.ts";

Deno.test({
  name: "createStore() names the flag when writing is not permitted",
  permissions: { read: true, write: false },
  fn: async () => {
    const error = await assertRejects(
      () => createStore("/some/where/store", sampleOptions, fillImages),
      MissingError,
      'Cannot write the store "/some/where/store": the Deno permission --allow-write=/some/where',
    );
    assertEquals(error.exitCode, 7);
  },
});

Deno.test({
  name: "openStore() names the flag when reading is not permitted",
  permissions: { read: false },
  fn: async () => {
    const error = await assertRejects(
      () => openStore("/some/where/store"),
      MissingError,
      "the Deno permission --allow-read=/some/where/store/store.json is missing",
    );
    assertEquals(error.hint, "Run it again with --allow-read=/some/where/store/store.json");
  },
});
