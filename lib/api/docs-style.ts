/**
 * The look of /v1/docs; text and ground keep a contrast of 4.5 to 1 or more in light and dark (WCAG 1.4.3), links
 * of the list are 24 pixels high or more (WCAG 2.5.8).
 */
export const STYLE = `
:root { color-scheme: light dark; --text: #1c2430; --dim: #4d5866; --ground: #fff; --raised: #f2f4f7; --line: #c9d0d9; --link: #0b57d0; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6eaf0; --dim: #aab4c1; --ground: #12161c; --raised: #1c222b; --line: #3a4451; --link: #8ab4f8; }
}
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground); }
header, .columns { max-width: 76rem; margin: 0 auto; padding: 1rem; }
.columns { display: grid; grid-template-columns: 16rem minmax(0, 1fr); gap: 2rem; }
nav { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow: auto; font-size: 0.9rem; }
nav h2 { margin: 1rem 0 0.2rem; font-size: 0.95rem; }
nav a { display: block; padding: 0.25rem 0; line-height: 1.3; }
nav ul { margin: 0; padding: 0 0 0 0.8rem; list-style: none; }
a { color: var(--link); }
h3 a, nav a { text-decoration: none; }
a:hover, a:focus-visible { text-decoration: underline; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
h3, section > h2 { scroll-margin-top: 1rem; }
article { margin: 1.5rem 0; padding: 0 0 1rem; border-bottom: 1px solid var(--line); }
article h3 { margin: 0; }
:target { background: var(--raised); }
.route b { padding: 0.1rem 0.4rem; border: 1px solid var(--line); border-radius: 0.3rem; font-size: 0.85rem; }
pre { overflow: auto; padding: 0.7rem; border-radius: 0.4rem; background: var(--raised); font-size: 0.85rem; }
code { font-family: ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre code { overflow-wrap: normal; }
table { width: 100%; border-collapse: collapse; font-size: 0.9rem; }
caption { text-align: left; font-weight: bold; }
th, td { padding: 0.3rem 0.5rem 0.3rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; font-weight: normal; }
dt { font-weight: bold; }
dd { margin: 0 0 0.5rem 1.5rem; color: var(--dim); }
h4 { margin: 0.8rem 0 0.2rem; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 0.5rem; padding: 0.4rem; background: var(--ground); }
@media (max-width: 50rem) { .columns { display: block; } nav { position: static; max-height: none; } }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
`;
