import type { TestEvent } from 'node:test/reporters';

/** The result of one test. */
export interface TestResult {
	readonly name: string;
	readonly passed: boolean;
	/** Why it did not pass. */
	readonly reason?: string;
}

const MARK = 'result of a test: ';

/** A reporter for node:test that prints each result as a line that `readResult` can parse. */
export default async function* reporter(source: AsyncIterable<TestEvent>) {
	for await (const { type, data } of source) {
		if (type !== 'test:pass' && type !== 'test:fail') continue;
		const result: TestResult = {
			name: data.name,
			passed: type === 'test:pass',
			...('error' in data.details && { reason: reasonOf(data.details.error) }),
		};
		yield `${MARK}${JSON.stringify(result)}\n`;
	}
}

/** The message in one line. node:test wraps what a test threw. */
function reasonOf(error: Error) {
	const thrown = error.cause instanceof Error ? error.cause : error;
	return thrown.message.replaceAll(/\s+/g, ' ').slice(0, 500);
}

/** Reads a line of the reporter; undefined if it is something else that a test printed. */
export function readResult(line: string): TestResult | undefined {
	return line.startsWith(MARK) ? (JSON.parse(line.slice(MARK.length)) as TestResult) : undefined;
}
