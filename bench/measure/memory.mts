import type { INodeExecutionData } from 'n8n-workflow';
import { ID_KINDS } from '../audience.mjs';
import { doNothing, runNode } from '../engine.mjs';

export const VARIANTS = ['a node that does nothing', 'items', 'summary'] as const;

export interface MemoryInput {
	readonly url: string;
	readonly size: number;
	readonly variant: (typeof VARIANTS)[number];
}

/** The peak resident set in MB of a process that does no more than run one workflow. */
export default async function measure({ url, size, variant }: MemoryInput): Promise<number> {
	const idOf = ID_KINDS['36 characters'];
	const items = Array.from(
		{ length: size },
		(_, index): INodeExecutionData => ({
			json: { uid: idOf(index), plan: 'gold' },
		}),
	);
	globalThis.gc?.();
	if (variant === 'a node that does nothing') {
		await runNode({ items, url, instead: doNothing });
	} else {
		await runNode({ items, url, options: { output: variant } });
	}
	return process.resourceUsage().maxRSS / 1024;
}
