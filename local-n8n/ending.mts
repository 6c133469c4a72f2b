/** Something that this process started and must end before it exits. */
export interface Endable {
	stop(): Promise<void>;
}

const running = new Set<Endable>();
let ending: Promise<void> | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
	// Not `once`: a second Ctrl-C would end this process immediately and leave n8n running.
	process.on(signal, () => (ending ??= endAll()));
}

async function endAll() {
	process.exitCode ??= 130;
	if (running.size > 0) console.error('\nStopping n8n. This can take some seconds.');
	await Promise.all([...running].map((thing) => thing.stop()));
	process.exit();
}

/** Ends something on Ctrl-C, until the returned function is called. */
export function endOnSignal(thing: Endable): () => void {
	running.add(thing);
	return () => running.delete(thing);
}

/** Never returns after Ctrl-C: then nothing is started again, and there is nothing to report. */
export async function unlessEnding() {
	await ending;
}
