import { compare, inWorkFolder, runCalls, runPrograms } from "./net.ts";
import { otherForms, ownCalls, readList, registryCalls } from "./stores.ts";

Deno.test("the net: every data set in every variant gives the recorded store", async () => {
  await inWorkFolder(async (work) => {
    const [list] = await runPrograms(work, [["datasets", "--json"]]);
    const calls = [...await registryCalls(work, readList(list!.stdout)), ...otherForms(work)];
    await compare("stores", await runCalls(work, calls, 20));
  });
});

Deno.test("the net: own data give the recorded stores", async () => {
  await inWorkFolder(async (work) => {
    await compare("own data", await runCalls(work, await ownCalls(work), 20));
  });
});
