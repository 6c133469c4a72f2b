/** The style of the page. */
export const pageStyle = `
:root {
	color-scheme: light dark;
	--text: light-dark(#23272f, #e4e6ea);
	--quiet: light-dark(#626a76, #9aa2ae);
	--page: light-dark(#f6f7f8, #17191d);
	--card: light-dark(#ffffff, #1f2227);
	--line: light-dark(#e3e6ea, #31353c);
	--good: light-dark(#2f7d5b, #6fbf98);
	--bad: light-dark(#b0453a, #e08a80);
	--others: light-dark(#b9a36a, #8d7b4a);
}
* { box-sizing: border-box; }
body {
	margin: 0 auto; padding: 2rem 1.25rem; max-width: 68rem;
	background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif;
}
h1 { margin: 0; font-size: 1.35rem; font-weight: 600; }
h2 { margin: 0 0 .75rem; font-size: 1rem; font-weight: 600; }
h3 { margin: 1.25rem 0 .5rem; font-size: .9rem; font-weight: 600; }
p { margin: .25rem 0 1.5rem; color: var(--quiet); }
section, dialog {
	padding: 1.1rem 1.25rem; overflow-x: auto;
	background: var(--card); border: 1px solid var(--line); border-radius: 10px;
}
section { margin-bottom: 1.25rem; }
section p, dialog p { margin: .6rem 0 0; }
section p:empty, dialog p:empty { display: none; }
dialog { width: min(60rem, 92vw); max-height: 85vh; color: inherit; }
dialog::backdrop { background: rgb(0 0 0 / .4); }
dialog form { float: right; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { color: var(--quiet); font-size: .85rem; font-weight: 500; text-align: left; white-space: nowrap; }
th, td { padding: .35rem 1rem .35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
tr:last-child td { border-bottom: 0; }
td button { padding: 0; background: none; border: 0; color: inherit; font: inherit; text-align: left; text-decoration: underline; cursor: pointer; }
.number { text-align: right; }
.number, .time { white-space: nowrap; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.bar { display: flex; height: .6rem; overflow: hidden; background: var(--line); border-radius: .3rem; }
.bar div { width: 0; background: var(--good); transition: width .4s; }
.bar #used.full { background: var(--bad); }
.bar #others { background: var(--others); }
`;
