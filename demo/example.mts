import type { INode } from 'n8n-workflow';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Workflow } from '../local-n8n/client.mjs';

const EXAMPLES = resolve(import.meta.dirname, '..', 'examples');

/** What a user fills in, by node name. Other parameters keep their values. */
export type Changes = Readonly<Record<string, Partial<Pick<INode, 'parameters' | 'credentials'>>>>;

/** An example as imported by a user, with the MoEngage credential selected and the changes made. */
export async function readExample(
	file: string,
	credential: { readonly id: string; readonly name: string },
	changes: Changes = {},
): Promise<Workflow> {
	const text = await readFile(resolve(EXAMPLES, file), 'utf8');
	const { name, nodes, connections, settings } = JSON.parse(text) as Required<Workflow>;
	const unknown = Object.keys(changes).find((name) => !nodes.some((node) => node.name === name));
	if (unknown) throw new Error(`${file} has no node "${unknown}".`);
	const adapted = nodes.map((node) => {
		const { parameters, credentials } = changes[node.name] ?? {};
		const ours = node.type.startsWith('n8n-nodes-moengage.') && { moEngageApi: credential };
		return {
			...node,
			parameters: { ...node.parameters, ...parameters },
			credentials: { ...ours, ...credentials },
		};
	});
	return { name, nodes: adapted, connections, settings };
}
