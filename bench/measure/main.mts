import type { Message } from '../workers.mjs';

// Runs one of the measurements beside this file: `main.mjs <name> <input as JSON>`.

const [name = '', input = '{}'] = process.argv.slice(2);
const { default: measure } = await import(`./${name}.mjs`);

const tell = async (message: Message) =>
	await new Promise<void>((resolve) => process.send?.(message, () => resolve()));

const result: unknown = await measure(JSON.parse(input), (progress: string) => {
	void tell({ progress });
});
await tell({ result });
process.exit();
