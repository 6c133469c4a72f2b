import { existsSync, readdirSync } from 'node:fs';
import { PINNED_VERSION } from '../../local-n8n/install.mjs';
import { missingServices } from '../../local-n8n/services.mjs';

/** A part of the end-to-end tests: test files that run with one n8n. */
export interface Part {
	/** Its name on the command line. */
	readonly name: string;
	/** The version of n8n. */
	readonly version: string;
	readonly mode: 'regular' | 'queue';
	readonly database: string;
	/** Test files in this folder. */
	readonly files: readonly string[];
	/** A message about what it needs that is missing on this machine. */
	readonly missing?: () => Promise<string | undefined>;
}

const LAST_1 = '1.123.81';
const ENDING = '.test.mts';
/** These have their own parts. */
const APART = ['queue', 'faults', 'editor'].map((name) => name + ENDING);

const everywhere = readdirSync(import.meta.dirname).filter(
	(file) => file.endsWith(ENDING) && !APART.includes(file),
);
const [queueFile = '', faultsFile = '', editorFile = ''] = APART;
const regular = { mode: 'regular', database: 'SQLite' } as const;
const browser = { ...regular, missing: chromium };
const queue = {
	mode: 'queue',
	database: 'PostgreSQL',
	missing: async () => missingServices('redis-server', 'postgresql'),
} as const;

/** Ordered to fail early: quick and common parts first. */
export const PARTS: readonly Part[] = [
	{ name: 'regular', version: PINNED_VERSION, files: everywhere, ...regular },
	{ name: 'regular-1.x', version: LAST_1, files: everywhere, ...regular },
	{ name: 'queue', version: PINNED_VERSION, files: [queueFile], ...queue },
	{ name: 'queue-1.x', version: LAST_1, files: [queueFile], ...queue },
	{ name: 'faults', version: PINNED_VERSION, files: [faultsFile], ...queue },
	{ name: 'editor', version: PINNED_VERSION, files: [editorFile], ...browser },
	{ name: 'editor-1.x', version: LAST_1, files: [editorFile], ...browser },
];

async function chromium() {
	if (existsSync(process.env.CHROMIUM ?? '/usr/bin/chromium')) return undefined;
	return 'Chromium is missing (on Debian: apt-get install chromium; elsewhere set CHROMIUM to its program)';
}
