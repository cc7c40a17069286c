/** Typed door to the parser of HTML and SVG that the tests read the report's output with. */

import { DOMParser } from "linkedom";

/** As much of an element as the tests look at. */
export interface ParsedElement {
  readonly tagName: string;
  readonly textContent: string;
  readonly outerHTML: string;
  readonly id: string;
  readonly children: Iterable<ParsedElement>;
  getAttribute(name: string): string | null;
  querySelector(selector: string): ParsedElement | null;
  querySelectorAll(selector: string): Iterable<ParsedElement> & { readonly length: number };
}

/** The root of an SVG text. */
export function parseSvg(text: string): ParsedElement {
  // The parser's XML mode leaves entities in attributes as they are.
  return parsePage(`<!doctype html><html><body>${text}</body></html>`).querySelector("svg")!;
}

/** A page. */
export function parsePage(text: string): ParsedElement {
  const document = new DOMParser().parseFromString(text, "text/html");
  return document as unknown as ParsedElement;
}

/** Elements that HTML closes by itself. */
const voidElements = new Set(["meta", "link", "br", "img", "hr", "input"]);

/**
 * Asserts that every tag of a text is closed in order, which a lenient parser would not tell.
 *
 * @throws {Error} If a tag is not closed, or closes another one.
 */

export function checkWellFormed(text: string): void {
  const open: string[] = [];
  const bare = text.replace(/<!doctype[^>]*>/i, "")
    .replace(/<(script|style)>[\s\S]*?<\/\1>/g, "");
  for (
    const [tag, closing, name, rest] of bare.matchAll(
      /<(\/?)([a-zA-Z][\w-]*)((?:"[^"]*"|[^">])*)>/g,
    )
  ) {
    if (closing === "/") {
      const last = open.pop();
      if (last !== name) throw new Error(`"${tag}" closes "${last}"`);
    } else if (!rest!.endsWith("/") && !voidElements.has(name!)) open.push(name!);
  }
  if (open.length > 0) throw new Error(`"${open.join(", ")}" is not closed`);
}
