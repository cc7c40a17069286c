import { chexpert } from "../../lib/datasets/chexpert.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { assertEquals, assertRejects } from "../assert.ts";
import { assertVariant, rawFolder, withUnpacked } from "./expected_images.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { inFolder } from "./unpack.ts";

const archive = `${rawFolder("chexpert")}/CheXpert-v1.0-small.zip`;

Deno.test("chexpert equals pandas and Pillow: five findings, missing and uncertain ones absent", async () => {
  const { warnings, declaration } = await assertVariant(chexpert, "dabs");
  assertEquals(warnings, [
    "The files hold 8 training images, the official ones 223414",
    "The files hold 4 test images, the official ones 234",
  ]);
  assertEquals(declaration.task!.kind, "multi-label");
  assertEquals(declaration.task!.metric, "auroc");
});

Deno.test("chexpert reads the unpacked folder, and prefers the full images", async () => {
  await withUnpacked(archive, async (folder) => {
    await assertVariant(chexpert, "dabs", { raw: folder });
    await assertVariant(chexpert, "dabs", { raw: `${folder}/CheXpert-v1.0-small` });
    await Deno.mkdir(`${folder}/CheXpert-v1.0`);
    await assertRejects(
      () => tokenizeToMemory(chexpert, { raw: folder }),
      MissingError,
      `"${folder}/CheXpert-v1.0" lacks the list "train.csv"`,
    );
  });
});

Deno.test("chexpert refuses tables of other columns, findings or paths", async () => {
  await withUnpacked(archive, async (folder) => {
    const path = `${folder}/CheXpert-v1.0-small/valid.csv`;
    const text = await Deno.readTextFile(path);
    const refuse = async (changed: string, message: string) => {
      await Deno.writeTextFile(path, changed);
      await assertRejects(
        () => tokenizeToMemory(chexpert, { raw: folder }),
        DataError,
        `Cannot read "${path}": ${message}`,
      );
    };
    await refuse(text.replace("Edema", "Oedema"), 'its first line has no column "Edema"');
    await refuse(text.replace("/valid/", "/vald/"), "row 1 has the path");
    await refuse(text.replaceAll(/,-?[01]\.0/g, ",2.0"), "row 1 has the finding");
    await refuse(text.replace("\n", '\n"'), "Quote Not Closed");
  });
});

Deno.test("chexpert says how to get the archive", async () => {
  await inFolder(async (folder) => {
    const error = await assertRejects(
      () => tokenizeToMemory(chexpert, { raw: folder }),
      MissingError,
      `"${folder}/CheXpert-v1.0-small.zip" is missing`,
    );
    assertEquals(error.hint?.startsWith("Register at https://stanfordmlgroup.github.io/"), true);
  });
});
