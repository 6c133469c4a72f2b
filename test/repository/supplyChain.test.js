// Plain JavaScript, since n8n's lint rules let no TypeScript file read another file.
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const manifest = require('../../package.json');
const lock = require('../../package-lock.json');

const root = join(__dirname, '..', '..');

/** The source of everything that runs inside n8n. */
const shipped = ['nodes', 'credentials'].flatMap((folder) =>
	readdirSync(join(root, folder), { recursive: true })
		.filter((name) => name.endsWith('.ts'))
		.map((name) => [name, readFileSync(join(root, folder, name), 'utf8')]),
);

test('the package brings no other package along', () => {
	for (const kind of ['dependencies', 'optionalDependencies', 'bundleDependencies']) {
		expect(manifest[kind]).toBeUndefined();
		expect(lock.packages[''][kind]).toBeUndefined();
	}
	expect(Object.keys(manifest.peerDependencies)).toEqual(['n8n-workflow']);
});

test('installing it runs nothing', () => {
	const lifecycle = [
		'preinstall',
		'install',
		'postinstall',
		'prepare',
		'preprepare',
		'postprepare',
	];
	expect(Object.keys(manifest.scripts).filter((name) => lifecycle.includes(name))).toEqual([]);
	expect(manifest.bin).toBeUndefined();
	expect(manifest.gypfile).toBeUndefined();
});

test('every locked package has its checksum, and none comes from elsewhere than the registry', () => {
	const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
	expect(packages.length).toBeGreaterThan(500);
	for (const [path, { integrity, resolved, link }] of packages) {
		expect([path, link, resolved]).toEqual([path, undefined, undefined]);
		expect([path, integrity]).toEqual([path, expect.stringMatching(/^sha512-/)]);
	}
});

test.each(shipped)('%s imports nothing but n8n, crypto and its neighbours', (_name, source) => {
	const imported = [...source.matchAll(/\bfrom '([^']+)'/g)].map(([, name]) => name);
	const foreign = imported.filter((name) => !name.startsWith('.'));
	expect(['n8n-workflow', 'node:crypto']).toEqual(expect.arrayContaining([...new Set(foreign)]));
});

test.each(shipped)('%s reaches for nothing outside its run', (_name, source) => {
	const code = source.replace(/\/\*[^]*?\*\/|\/\/.*/g, '');
	expect(code).not.toMatch(
		/\b(process\s*\.|require\s*\(|import\s*\(|eval\s*\(|Function\s*\(|setTimeout|setInterval|setImmediate|fetch\s*\(|console\s*\.|globalThis\s*\.|skipSslCertificateValidation|rejectUnauthorized)/,
	);
});
