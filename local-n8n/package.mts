import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '..');

interface PackageJson {
	readonly name: string;
	readonly n8n: { readonly nodes: readonly string[] };
}

/**
 * Installs this package into an n8n user folder as n8n itself installs a community package: packed by npm, unpacked
 * into `.n8n/nodes/node_modules`. So n8n sees exactly what a user gets.
 */
export async function installThisPackage(userFolder: string) {
	const { name, n8n } = await readPackageJson();
	const missing = n8n.nodes.find((file) => !existsSync(join(PROJECT, file)));
	if (missing) throw new Error(`${missing} is missing. Run "npm run build" first.`);

	const target = join(userFolder, '.n8n', 'nodes', 'node_modules', name);
	await mkdir(target, { recursive: true });
	const { stdout } = await execa(
		'npm',
		['pack', '--json', '--ignore-scripts', '--pack-destination', userFolder],
		{ cwd: PROJECT },
	);
	const [packed] = JSON.parse(stdout) as [{ filename: string }];
	const tarball = join(userFolder, packed.filename);
	await execa('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
	await rm(tarball);
}

async function readPackageJson() {
	return JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8')) as PackageJson;
}
