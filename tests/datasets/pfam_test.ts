import { assert, assertEquals, assertRejects } from "../assert.ts";
import { readFixture } from "../read_fixture.ts";
import { shuffledSplit } from "../../lib/reference/splits.ts";
import { openStore } from "../../lib/store/store.ts";
import { proteinTokens } from "../../lib/datasets/families/proteins.ts";
import { transferDomains } from "../../lib/datasets/pfam.ts";
import { tokenizeDataset } from "../../lib/datasets/tokenize_dataset.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { assertSplits } from "./expected_splits.ts";
import { inFolder, unpack } from "./unpack.ts";
import { fromFileUrl } from "../../lib/util/path.ts";

const raw = fromFileUrl(new URL("../fixtures/raw/", import.meta.url));
const expected = JSON.parse(Deno.readTextFileSync(`${raw}proteins.json`));

for (const variant of ["metamae", "dabs"]) {
  Deno.test(`pfam equals pandas, domain for domain, with the lists in any order: ${variant}`, async () => {
    await inFolder(async (folder) => {
      // The archive holds the validation list first, the folder is read in the order of the names; the
      // rows are the same, because the training list is appended first in both.
      await unpack(`${raw}pfam/pfam.tar.gz`, folder);
      for (const place of [`${raw}pfam`, folder]) {
        const out = `${folder}/store of ${place === folder}`;
        const manifest = await tokenizeDataset("pfam", { raw: place, out, variant });
        assertEquals(manifest.rows, 100);
        await using store = await openStore(out);
        await assertSplits(store, expected[variant].pfam);
      }
    });
  });
}

Deno.test("pfam has one test domain more under DABS", () => {
  const { metamae, dabs } = expected;
  assertEquals(metamae.pfam.test.rows, dabs.pfam.test.rows.slice(1));
});

Deno.test("transferDomains() takes the published 200,000 of the validation list", () => {
  const domains = transferDomains(1_715_454);
  assertEquals(domains.length, 200_000);
  assertEquals(
    Array.from(domains.subarray(0, 5)),
    [1406415, 130015, 749025, 1338678, 1600670],
  );
  assertEquals(Array.from(domains.subarray(179_999, 180_002)), [1440580, 1667095, 273016]);
  assertEquals(Array.from(transferDomains(5)), [1, 4, 2, 0, 3]);
});

Deno.test("pfam equals the recorded outputs of the reference", () => {
  const fixture = readFixture("datasets");
  const rows = (name: string) =>
    (fixture.json.files[name] as string).trim().split("\n").slice(1).map((line) => line.split(","));
  const clans = [...new Set(rows("pfam_pretrain_train.csv").map(([, , clan]) => Number(clan)))]
    .sort((a, b) => a - b);
  const transfer = rows("pfam_transfer.csv");
  // The reference cuts its file, which was shuffled when it was written.
  const cut = {
    train: Math.ceil(0.9 * transfer.length),
    test: Math.floor((1 - 0.9) * transfer.length),
  };
  const parts = { train: transfer.slice(0, cut.train), test: transfer.slice(-cut.test) };
  for (const [name, part] of Object.entries(parts)) {
    const tokens = part.flatMap(([, primary]) => [...proteinTokens(primary!) as Uint8Array]);
    assertEquals(tokens, fixture.tensor(`pfam/${name}/x`).values);
    assertEquals(
      part.map(([, , clan]) => clans.indexOf(Number(clan))),
      fixture.tensor(`pfam/${name}/y`).values,
    );
  }
  assertEquals(shuffledSplit(transfer.length, "metamae").train.length, cut.train);
});

/** Tokenizes with changed lists; undefined removes one. */
async function withLists(
  change: (list: Record<string, unknown>[], name: string) => unknown,
  run: (convert: () => Promise<unknown>, folder: string) => Promise<void>,
) {
  await inFolder(async (folder) => {
    await unpack(`${raw}pfam/pfam.tar.gz`, folder);
    for (const name of ["train", "valid"]) {
      const file = `${folder}/pfam/pfam_${name}.json`;
      const changed = change(JSON.parse(await Deno.readTextFile(file)), name);
      if (changed === undefined) await Deno.remove(file);
      else await Deno.writeTextFile(file, JSON.stringify(changed));
    }
    await run(() => tokenizeDataset("pfam", { raw: folder, out: `${folder}/store` }), folder);
  });
}

Deno.test("pfam refuses a clan for transfer that pretraining does not have", async () => {
  await withLists(
    (list, name) => name === "valid" ? list.with(11, { ...list[11], clan: 7 }) : list,
    async (convert, folder) => {
      await assertRejects(
        convert,
        DataError,
        `Cannot read "${folder}/pfam/pfam_valid.json": item 11 has the clan 7, which ` +
          '"pfam_train.json" does not have',
      );
      assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["pfam"]);
    },
  );
});

Deno.test("pfam refuses more clans than the official list has, and clans that are no numbers", async () => {
  const many = Array.from({ length: 624 }, (_, clan) => ({ primary: "ARN", clan }));
  await withLists((list, name) => name === "train" ? many : list, async (convert) => {
    await assertRejects(convert, DataError, 'pfam_train.json": it has 624 clans, at most 623');
  });
  for (const clan of [-1, 1.5, "CL0023", null]) {
    await withLists(
      (list, name) => name === "train" ? list.with(2, { ...list[2], clan }) : list,
      async (convert) => {
        await assertRejects(convert, DataError, `item 2 has ${JSON.stringify(clan)} as "clan"`);
      },
    );
  }
});

Deno.test("pfam says which list is missing", async () => {
  for (const missing of ["train", "valid"]) {
    await withLists(
      (list, name) => name === missing ? undefined : list,
      async (convert, folder) => {
        await assertRejects(convert, MissingError, `"${folder}/pfam" lacks "pfam_${missing}.json"`);
      },
    );
  }
});

Deno.test("pfam leaves the pretraining domains without labels", async () => {
  await inFolder(async (folder) => {
    await tokenizeDataset("pfam", { raw: `${raw}pfam`, out: `${folder}/store` });
    await using store = await openStore(`${folder}/store`);
    assert(!(await store.split("pretrain")).labelled);
    assert((await store.split("test")).labelled);
  });
});
