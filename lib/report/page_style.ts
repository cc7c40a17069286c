/**
 * The style sheet of the HTML page.
 *
 * @module
 */

import { colorVariables } from "./theme.ts";

/** CSS of the page: light or dark as the reader's system says, from phones to wide screens. */
export const pageStyle = `
:root{color-scheme:light dark;${colorVariables("light")}}
@media (prefers-color-scheme:dark){:root{${colorVariables("dark")}}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--background);color:var(--text);
  font:16px/1.6 system-ui,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;
  overflow-wrap:anywhere}
main,header,footer{max-width:68rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:3rem}
.kind{margin:0;color:var(--accent);font-size:.8rem;font-weight:650;letter-spacing:.08em;
  text-transform:uppercase}
h1{margin:.2rem 0 .8rem;font-size:clamp(1.7rem,5vw,2.4rem);line-height:1.15;
  letter-spacing:-.02em;font-weight:700;text-wrap:balance}
h2{margin:3.2rem 0 .9rem;padding-top:1.1rem;border-top:1px solid var(--grid);font-size:1.35rem;
  line-height:1.25;letter-spacing:-.01em}
h3{margin:2rem 0 .6rem;font-size:1.05rem;line-height:1.3}
p{margin:.6rem 0;max-width:46rem}
.lead{font-size:1.1rem;line-height:1.55}
.lead li{margin:.35rem 0}
ul.lead{padding-left:1.2rem;max-width:46rem}
a{color:var(--accent);text-underline-offset:.15em}
a:focus-visible,button:focus-visible,summary:focus-visible,.scroll:focus-visible{
  outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--background);padding:.4rem .8rem;z-index:1}
nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;list-style:none;margin:1.4rem 0 0;padding:0;
  font-size:.92rem}
.scroll{overflow-x:auto;margin:.8rem 0 .4rem}
table{border-collapse:collapse;width:100%;font-size:.92rem;line-height:1.4;
  border-top:2px solid var(--text);border-bottom:2px solid var(--text)}
th,td{padding:.5rem .7rem;text-align:left;vertical-align:baseline;overflow-wrap:normal}
th:first-child,td:first-child{padding-left:.15rem}
th:last-child,td:last-child{padding-right:.15rem}
thead th{border-bottom:1px solid var(--text);font-weight:600;vertical-align:bottom}
tbody tr+tr>*{border-top:1px solid var(--grid)}
tbody tr:hover>*{background:var(--surface)}
tbody th,tfoot th{font-weight:500}
tfoot tr:first-child>*{border-top:1px solid var(--text)}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
thead .number{white-space:normal}
.number small{display:block}
.empty small{display:inline}
small{color:var(--muted);font-size:.82em;font-weight:400}
sup{line-height:0;font-size:.75em}
.above{color:var(--good);font-weight:700}
.below{color:var(--bad);font-weight:700}
th button{all:unset;cursor:pointer;font:inherit}
th[aria-sort=ascending] button::after{content:" ↑"}
th[aria-sort=descending] button::after{content:" ↓"}
th button:hover{color:var(--accent)}
.remark{font-size:.92rem}
.caption,.notes{color:var(--muted);font-size:.86rem;line-height:1.5}
.notes{list-style:none;padding:0;margin:.3rem 0;max-width:46rem}
.figures{display:grid;gap:1.6rem 2.4rem;margin:1.4rem 0;
  grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr))}
figure{margin:0;max-width:34rem}
figcaption{font-weight:600;font-size:.95rem;margin-bottom:.5rem}
figure svg{display:block;max-width:100%;height:auto}
details{margin:1rem 0}
summary{cursor:pointer;font-weight:600;font-size:.95rem}
.wide :is(td,th){font-size:.86rem;white-space:nowrap}
code{font:.88em ui-monospace,"Cascadia Mono","Liberation Mono",monospace}
footer{margin-top:4rem;padding-top:1rem;padding-bottom:3rem;border-top:1px solid var(--grid);
  color:var(--muted);font-size:.86rem}
@media (max-width:40rem){
  header{padding-top:1.6rem}
  h2{margin-top:2.4rem}
  th,td{padding:.45rem .5rem}
}
@media print{.skip,nav{display:none}details{break-inside:avoid}figure{break-inside:avoid}}
`.trim();
