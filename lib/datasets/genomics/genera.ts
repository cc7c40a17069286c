/**
 * The bacteria of the genomics data sets, in the order of their label ids.
 *
 * Source: the list of labels of `genomics_ood` in TensorFlow Datasets.
 *
 * @module
 */

/** The ten genera that were known before 2011. */
// deno-fmt-ignore
export const knownGenera: readonly string[] = [
  "Bacillus", "Burkholderia", "Clostridium", "Escherichia", "Mycobacterium", "Pseudomonas",
  "Salmonella", "Staphylococcus", "Streptococcus", "Yersinia",
];

/** The sixty genera that were discovered from 2011 to 2016. */
// deno-fmt-ignore
export const newGenera: readonly string[] = [
  "Actinoplanes", "Advenella", "Alicycliphilus", "Altererythrobacter", "Anabaena", "Archangium",
  "Bibersteinia", "Blastochloris", "Calothrix", "Carnobacterium", "Cedecea", "Cellulophaga",
  "Chondromyces", "Chryseobacterium", "Collimonas", "Corallococcus", "Cyclobacterium",
  "Dehalobacter", "Desulfosporosinus", "Devosia", "Dyella", "Elizabethkingia", "Glaciecola",
  "Granulicella", "Haliscomenobacter", "Hymenobacter", "Kibdelosporangium", "Kutzneria",
  "Labilithrix", "Leptolyngbya", "Leptospirillum", "Lysobacter", "Mannheimia", "Massilia",
  "Methanobacterium", "Microbacterium", "Myroides", "Neorhizobium", "Niastella", "Oblitimonas",
  "Octadecabacter", "Oscillatoria", "Pandoraea", "Pelosinus", "Phaeobacter", "Piscirickettsia",
  "Planococcus", "Pseudonocardia", "Pseudoxanthomonas", "Rahnella", "Raoultella", "Rufibacter",
  "Saccharothrix", "Sandaracinus", "Singulisphaera", "Sphaerochaeta", "Sphingobacterium",
  "Spiroplasma", "Tannerella", "Terriglobus",
];
