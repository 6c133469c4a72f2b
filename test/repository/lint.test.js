const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..', '..');
let folder;

beforeEach(() => {
	folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lint-'));
	fs.symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
});

afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const copy = (name) => fs.copyFileSync(path.join(root, name), path.join(folder, name));
const write = (name, text) => fs.writeFileSync(path.join(folder, name), text);

/** What `n8n-node lint` checks before it starts ESLint. */
const STRICT_MODE = `
	const { default: Lint } = require('./node_modules/@n8n/node-cli/dist/commands/lint.js');
	void new Lint([], {}).checkStrictMode();
`;

// npm run lint starts ESLint itself, since n8n-node lint lets warnings pass.
test("n8n's strict mode is on, and accepts eslint.config.mjs and no other", () => {
	const check = (cwd) =>
		spawnSync(process.execPath, ['-e', STRICT_MODE], { cwd, encoding: 'utf8' });
	expect(check(root)).toMatchObject({ status: 0, stdout: '' });
	copy('package.json');
	write('eslint.config.mjs', 'export default [];\n');
	expect(check(folder)).toMatchObject({
		status: 1,
		stdout: expect.stringContaining('Strict mode violation'),
	});
}, 60_000);

const SNIPPET = `
	type Task<T> = Generator<undefined, T>;
	interface Packing extends Generator<undefined, string> {}
	declare function each<T>(items: Iterable<T>, visit: (item: T) => void): Task<void>;
	declare function map<T, R>(items: Iterable<T>, visit: (item: T) => R): R[];
	declare function pack(item: number): Task<string>;
	declare const store: { save?: () => Packing };
	declare const isPlanned: boolean;
	declare let left: unknown;
	const items = [1, 2];
	export function* work(): Generator<unknown, unknown> {
		CODE
	}
`;

const FLOATING = 'floating';
const IGNORED = 'ignored';

/** Lines of a generator, and what is reported of them. */
const LINES = [
	['yield* each(items, () => undefined);'],
	['left = yield* each(items, () => undefined);'],
	['return each(items, () => undefined);'],
	['const task = each(items, () => undefined); yield* task;'],
	['left = pack(1);'],
	['left = isPlanned ? pack(1) : pack(2);'],
	['left = isPlanned && pack(1);'],
	['left = [pack(1), { task: pack(2) }];'],
	['left = Array.from(pack(1));'],
	['left = [...pack(1)];'],
	['for (const step of pack(1)) left = step;'],
	['pack(1).next();'],
	['yield* store.save?.() ?? [];'],
	['left = map(items, (item) => pack(item));'],
	['left = map(items, pack);'],
	['left = items.map(String); String(1);'],
	['each(items, () => undefined);', FLOATING],
	['yield each(items, () => undefined);', FLOATING],
	['void each(items, () => undefined);', FLOATING],
	['pack(1) as unknown;', FLOATING],
	['pack(1) satisfies unknown;', FLOATING],
	['left = async () => { await pack(1); };', FLOATING],
	['left = async () => await pack(1);'],
	['(0, pack)(1);', FLOATING],
	['store.save?.();', FLOATING],
	['store.save!();', FLOATING],
	['isPlanned && pack(1);', FLOATING],
	['isPlanned ? (left = 0) : pack(1);', FLOATING],
	['left = (pack(1), 0);', FLOATING],
	['if (pack(1)) left = 0;', FLOATING],
	['yield* each(items, (item) => pack(item));', IGNORED],
	['yield* each(items, (item) => { return pack(item); });', IGNORED],
	['yield* each(items, pack);', IGNORED],
	['yield* each(items, function* (item) { yield item; });', IGNORED],
	['items.forEach(pack);', IGNORED],
];

test('a generator that nobody iterates is reported, and no other', () => {
	for (const name of ['eslint.tools.config.mjs', 'tsconfig.json', 'tsconfig.build.json'])
		copy(name);
	fs.mkdirSync(path.join(folder, 'nodes'));
	const fileOf = (index) => path.join('nodes', `line-${index}.ts`);
	LINES.forEach(([line], index) => write(fileOf(index), SNIPPET.replace('CODE', line)));

	const eslint = path.join(root, 'node_modules', 'eslint', 'bin', 'eslint.js');
	const args = [eslint, '--config', 'eslint.tools.config.mjs', '--format=json', 'nodes'];
	const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
	const reported = new Map(
		JSON.parse(stdout).map(({ filePath, messages }) => [
			path.basename(filePath),
			messages.map(({ messageId, message }) => messageId ?? message),
		]),
	);
	const found = LINES.map(([line], index) => [line, ...reported.get(path.basename(fileOf(index)))]);
	expect(found).toEqual(LINES);
}, 60_000);
