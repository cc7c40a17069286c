import { assertEquals } from "../assert.ts";
import { tfdsRecordBytes } from "../../lib/reference/tfds_record_bytes.ts";

Deno.test("tfdsRecordBytes() gives the 672 bytes of a HIGGS record", () => {
  const jets = [1, 2, 3, 4].flatMap((jet) =>
    ["pt", "eta", "phi", "b-tag"].map((part) => `jet_${jet}_${part}`)
  );
  const names = ["class_label", "lepton_pT", "lepton_eta", "lepton_phi", ...jets];
  names.push("missing_energy_magnitude", "missing_energy_phi");
  names.push("m_jj", "m_jjj", "m_lv", "m_jlv", "m_bb", "m_wbb", "m_wwbb");
  assertEquals(names.length, 29);
  assertEquals(tfdsRecordBytes(Object.fromEntries(names.map((name) => [name, "float"]))), 672);
});

Deno.test("tfdsRecordBytes() equals the library protobuf, also for lengths from 128 on", () => {
  assertEquals(tfdsRecordBytes({ a: { textBytes: 0 } }), 13);
  assertEquals(tfdsRecordBytes({ a: { textBytes: 100 } }), 113);
  assertEquals(tfdsRecordBytes({ a: { textBytes: 250 } }), 268);
  assertEquals(tfdsRecordBytes({ label: "small integer" }), 18);
  const texts = {
    seq: { textBytes: 250 },
    "seq_info": { textBytes: 60 },
    domain: { textBytes: 2 },
  };
  assertEquals(tfdsRecordBytes({ ...texts, label: "small integer" }), 382);
});
