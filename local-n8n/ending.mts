/** Something that this process started, and that must not outlive it. */
export interface Endable {
	stop(): Promise<void>;
}

const running = new Set<Endable>();
let ending: Promise<void> | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
	// Not `once`: the second of two Ctrl-C would end this process at once and leave n8n behind.
	process.on(signal, () => (ending ??= endAll()));
}

async function endAll() {
	process.exitCode ??= 130;
	if (running.size > 0) console.error('\nEnding n8n, which can take some seconds.');
	await Promise.all([...running].map((thing) => thing.stop()));
	process.exit();
}

/** Has something ended on Ctrl-C, until what this returns is called. */
export function endOnSignal(thing: Endable): () => void {
	running.add(thing);
	return () => running.delete(thing);
}

/** Never comes back after Ctrl-C: then nothing is started again, and there is nothing to report. */
export async function unlessEnding() {
	await ending;
}
