// Plain JavaScript, since n8n's lint rules let no TypeScript file run a program or read a file.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..', '..');
const { version } = require('../../package.json');

const LOAD = `
	const { PackageDirectoryLoader } = require(${JSON.stringify(require.resolve('n8n-core'))});
	const loader = new PackageDirectoryLoader(process.argv[1]);
	loader.loadAll().then(() => {
		const { packageName, types } = loader;
		process.stdout.write(JSON.stringify({ packageName, types }));
	});
`;

/**
 * n8n's scanner as the verification runs it, on the source and on the package. The scanner itself passes
 * warnings over, so its rules are asked for them once more.
 */
const SCAN = `
	import { ESLint } from 'eslint';
	import * as scanner from '@n8n/scan-community-package/scanner/scanner.mjs';
	const overrideConfig = await scanner.buildScanConfig();
	const scans = [];
	for (const [cwd, patterns] of JSON.parse(process.argv[1])) {
		const eslint = new ESLint({ cwd, allowInlineConfig: false, overrideConfigFile: true, overrideConfig });
		const results = await eslint.lintFiles(patterns);
		scans.push({
			scanner: await scanner.analyzePackage(cwd, patterns),
			files: results.length,
			messages: results.flatMap(({ messages }) => messages),
		});
	}
	process.stdout.write(JSON.stringify({ scans, ofSource: scanner.SOURCE_FILE_PATTERNS }));
`;

/** What the scanner looks at (scanner 0.32.0): the test holds it against the scanner's own list. */
const SOURCE_FILES = ['package.json', '{nodes,credentials}/**/*.{js,ts,json}'];
const PACKAGE_FILES = ['**/*.js', 'package.json'];

/** Runs a program and reads its output as JSON. */
function runForJson(program, args, cwd) {
	const output = execFileSync(program, args, {
		cwd,
		// With jest's own NODE_ENV, n8n's lint rules believe to be under test themselves.
		env: { ...process.env, NODE_ENV: '' },
		encoding: 'utf8',
		shell: process.platform === 'win32' && program === 'npm',
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	return JSON.parse(output);
}

/** What the sources come to in the package. */
function builtFiles() {
	return ['nodes', 'credentials'].flatMap((folder) =>
		fs
			.readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile())
			.map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)))
			.map((file) => `dist/${file.split(path.sep).join('/').replace(/\.ts$/, '.js')}`),
	);
}

let folder;
let packed;
let loaded;

beforeAll(() => {
	folder = fs.mkdtempSync(path.join(os.tmpdir(), 'n8n-nodes-moengage-'));
	[packed] = runForJson('npm', ['pack', '--json', '--pack-destination', folder], root);
	execFileSync('tar', ['-xzf', packed.filename], { cwd: folder });
	// n8n itself brings the peer dependency.
	fs.mkdirSync(path.join(folder, 'node_modules'));
	fs.symlinkSync(
		path.join(root, 'node_modules', 'n8n-workflow'),
		path.join(folder, 'node_modules', 'n8n-workflow'),
		'junction',
	);
	loaded = runForJson(process.execPath, ['-e', LOAD, path.join(folder, 'package')], folder);
}, 60_000);

afterAll(() => {
	fs.rmSync(folder, { recursive: true, force: true });
});

test('the package holds what was built from the sources, and nothing else', () => {
	const files = packed.files.map((file) => file.path);
	const others = ['LICENSE', 'README.md', 'index.js', 'package.json'];
	expect(files.sort()).toEqual([...others, ...builtFiles()].sort());
});

test('n8n loads the node and the credential from the package', () => {
	const [node] = loaded.types.nodes;
	const [credential] = loaded.types.credentials;
	expect(loaded.types.nodes).toHaveLength(1);
	expect(loaded.types.credentials).toHaveLength(1);
	expect(loaded.packageName).toBe('n8n-nodes-moengage');
	expect(node).toMatchObject({
		name: 'moEngageCohortSync',
		displayName: 'MoEngage Cohort Sync',
		version: 1,
		usableAsTool: true,
		communityNodePackageVersion: version,
	});
	expect(credential).toMatchObject({
		name: 'moEngageApi',
		displayName: 'MoEngage API',
		supportedNodes: ['moEngageCohortSync'],
	});
});

test('n8n finds the icons of the node and of the credential in the package', () => {
	for (const { iconUrl } of [...loaded.types.nodes, ...loaded.types.credentials]) {
		for (const icon of [iconUrl.light, iconUrl.dark]) {
			const [, file] = /^icons\/n8n-nodes-moengage\/(.+)$/.exec(icon);
			expect(fs.readFileSync(path.join(folder, 'package', file), 'utf8')).toContain('<svg');
		}
		expect(iconUrl.light).not.toBe(iconUrl.dark);
	}
});

test('n8n finds where to list the node and what it can be searched by', () => {
	const [{ codex }] = loaded.types.nodes;
	expect(codex.categories).toEqual(['Marketing', 'Communication']);
	expect(codex.alias).toEqual(expect.arrayContaining(['audience', 'segment']));
	expect(codex.resources.primaryDocumentation[0].url).toMatch(/^https:/);
});

test('the package can be required by other programs', () => {
	const script = 'process.stdout.write(JSON.stringify(Object.keys(require("./package"))))';
	expect(runForJson(process.execPath, ['-e', script], folder)).toEqual([
		'MoEngageApi',
		'MoEngageCohortSync',
	]);
});

test("n8n's scanner finds nothing in the source nor in the package, not even a warning", () => {
	const places = [
		[root, SOURCE_FILES],
		[path.join(folder, 'package'), PACKAGE_FILES],
	];
	const { scans, ofSource } = runForJson(
		process.execPath,
		['--input-type=module', '-e', SCAN, JSON.stringify(places)],
		root,
	);
	expect(ofSource).toEqual(SOURCE_FILES);
	for (const { scanner, files, messages } of scans) {
		expect(scanner).toEqual({ passed: true });
		expect(messages).toEqual([]);
		expect(files).toBeGreaterThan(30);
	}
}, 60_000);
